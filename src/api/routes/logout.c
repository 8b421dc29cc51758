/* SPDX-License-Identifier: Apache-2.0 */
/* POST /logout */
#include "api/call.h"

#include <util_script.h>

#include "auth/cookie.h"
#include "auth/origin.h"
#include "server/account_epochs.h"
#include "store/sessions.h"
#include "store/users.h"

typedef struct logout_t {
    const as_call_t *call;
    const char *user_id; /* NULL: the request has no valid token, and nothing ends */
    const char *sid;     /* NULL: the token has no session */
    int all;             /* all sessions of the account */
} logout_t;

static int is_all_requested(request_rec *r)
{
    apr_table_t *arguments;
    const char *all;

    ap_args_to_table(r, &arguments);
    all = apr_table_get(arguments, "all");
    return all && strcmp(all, "1") == 0;
}

static void find_session(logout_t *logout)
{
    const as_verdict_t *verdict = logout->call->verdict;

    if (verdict->error == AS_OK) {
        logout->user_id = verdict->account->id;
        logout->sid = verdict->token.claims.sid;
        logout->all = is_all_requested(logout->call->r);
    } else if (verdict->token_is_valid && verdict->token.claims.sid) {
        /* Tokens of a locked account, for example, end their own session only. */
        logout->user_id = verdict->token.claims.id;
        logout->sid = verdict->token.claims.sid;
    }
}

/* A token without a session cannot be ended alone: all such tokens of the account end. */
static apr_status_t end_sessions(as_tx_t *tx, void *baton)
{
    const logout_t *logout = baton;

    if (logout->all || !logout->sid) {
        apr_status_t rv = as_users_revoke_tokens(tx, logout->user_id, logout->call->now);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    if (logout->all) {
        return as_sessions_delete_all(tx, logout->user_id);
    }
    return logout->sid ? as_sessions_delete(tx, logout->sid, logout->user_id) : APR_SUCCESS;
}

static as_error_t end_session(as_call_t *call)
{
    logout_t logout = {.call = call};
    apr_status_t rv;

    find_session(&logout);
    if (!logout.user_id) {
        return AS_OK;
    }
    rv = as_db_write_confirmed(call->db, call->pool, end_sessions, &logout);
    as_account_epochs_raise(logout.user_id);
    /* APR_ENOENT: another request has ended the session. */
    return rv == APR_SUCCESS || rv == APR_ENOENT ? AS_OK : as_call_fail_unavailable(call);
}

as_error_t as_endpoint_logout(as_call_t *call)
{
    const as_verdict_t *verdict = call->verdict;
    as_error_t error;

    if (verdict->error == AS_E_UNAVAILABLE) {
        return as_call_fail_unavailable(call);
    }
    if (verdict->error == AS_OK) {
        call->log_account = verdict->account->id;
    }
    error = end_session(call);
    if (error != AS_OK) {
        return error;
    }
    /* Another site may send this request without a cookie; its response must not delete one. */
    if (as_origin_is_trusted(call->r, call->sc, call->dc)) {
        as_cookie_clear(call->r, call->sc, verdict);
    }
    return as_call_succeed(call, HTTP_OK, "You are logged out.");
}
