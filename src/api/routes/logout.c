/* SPDX-License-Identifier: Apache-2.0 */
/* POST /logout */
#include "api/call.h"

#include <util_script.h>

#include "server/account_epochs.h"
#include "auth/cookie.h"
#include "auth/origin.h"
#include "store/sessions.h"
#include "store/users.h"

typedef struct logout_t {
    const as_call_t *call;
    const char *user_id;
    const char *sid; /* NULL: the token has none */
    int all;
} logout_t;

static int asks_for_all(request_rec *r)
{
    apr_table_t *arguments;
    const char *all;

    ap_args_to_table(r, &arguments);
    all = apr_table_get(arguments, "all");
    return all && strcmp(all, "1") == 0;
}

/*
 * A token without a session has nothing of its own that could be ended: the account's tokens of its
 * kind end with it.
 */
static apr_status_t end(as_tx_t *tx, void *baton)
{
    const logout_t *logout = baton;
    apr_status_t rv = APR_SUCCESS;

    if (logout->all || !logout->sid) {
        rv = as_users_revoke_tokens(tx, logout->user_id, logout->call->now);
    }
    if (rv == APR_SUCCESS && logout->all) {
        rv = as_sessions_delete_all(tx, logout->user_id);
    } else if (rv == APR_SUCCESS && logout->sid) {
        rv = as_sessions_delete(tx, logout->sid, logout->user_id);
    }
    return rv;
}

as_error_t as_endpoint_logout(as_call_t *call)
{
    const as_verdict_t *verdict = call->verdict;
    logout_t logout = {.call = call, .all = asks_for_all(call->r)};
    apr_status_t rv = APR_SUCCESS;

    if (verdict->error == AS_E_UNAVAILABLE) {
        return as_call_fail_unavailable(call);
    }
    if (verdict->error == AS_OK) {
        logout.user_id = call->account = verdict->user->id;
    } else if (verdict->token_is_valid && verdict->token.claims.sid) {
        /* Of an account that is locked, say: it ends nothing but its own session, for good. */
        logout.user_id = verdict->token.claims.id;
        logout.all = 0;
    }
    if (logout.user_id) {
        logout.sid = verdict->token.claims.sid;
        rv = as_db_write_confirmed(call->db, call->pool, end, &logout);
        as_account_epochs_raise(logout.user_id);
    }
    /* Somebody else ended it meanwhile: it is over, which is what was asked for. */
    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return as_call_fail_unavailable(call);
    }
    /* Without a cookie any site may ask for this, and the answer would take one away. */
    if (as_origin_is_trusted(call->r, call->sc, call->dc)) {
        as_cookie_clear(call->r, call->sc, verdict);
    }
    return as_call_succeed(call, HTTP_OK, "You are logged out.");
}
