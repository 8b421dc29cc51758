/* SPDX-License-Identifier: Apache-2.0 */
#include "api/session_end.h"

#include <string.h>

#include "server/account_epochs.h"
#include "store/sessions.h"
#include "store/users.h"

typedef struct session_end_t {
    const as_call_t *call;
    const char *user_id; /* NULL: not known yet */
    const char *sid;     /* NULL: the token has no session */
    const char *refresh; /* hash of the refresh token; NULL: the credential is another token */
    int all;
} session_end_t;

static apr_status_t end_sessions(as_tx_t *tx, void *baton)
{
    const session_end_t *end = baton;

    if (end->all || !end->sid) {
        apr_status_t rv = as_users_revoke_tokens(tx, end->user_id, end->call->now);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    if (end->all) {
        return as_sessions_delete_all(tx, end->user_id);
    }
    return end->sid ? as_sessions_delete(tx, end->sid, end->user_id) : APR_SUCCESS;
}

static int is_current(const session_end_t *end, const as_session_t *session)
{
    int is_expired = session->expires_at && session->expires_at <= end->call->now;

    return !is_expired && session->refresh && strcmp(session->refresh, end->refresh) == 0;
}

static apr_status_t find_and_end_sessions(as_tx_t *tx, void *baton)
{
    session_end_t *end = baton;
    session_end_t found;
    as_session_t *session;
    apr_status_t rv = as_sessions_find(tx, end->sid, &session);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    end->user_id = session->user_id;
    found = *end;
    found.all = end->all && is_current(end, session);
    return end_sessions(tx, &found);
}

static as_error_t run(as_call_t *call, as_db_work_fn *work, session_end_t *end)
{
    apr_status_t rv = as_db_write_confirmed(call->db, call->pool, work, end);

    if (end->user_id) {
        as_account_epochs_raise(end->user_id);
        call->log_account = end->user_id;
    }
    /* APR_ENOENT: another request has ended the session. */
    return rv == APR_SUCCESS || rv == APR_ENOENT ? AS_OK : as_call_fail_unavailable(call);
}

as_error_t as_session_end_by_id(as_call_t *call, const char *user_id, const char *sid, int all)
{
    session_end_t end = {.call = call, .user_id = user_id, .sid = sid, .all = all};

    call->event.session = sid;
    return run(call, end_sessions, &end);
}

as_error_t as_session_end_by_refresh_token(as_call_t *call, const as_refresh_token_t *token,
                                           int all)
{
    session_end_t end = {.call = call, .sid = token->sid, .refresh = token->hash, .all = all};

    call->event.session = token->sid;
    return run(call, find_and_end_sessions, &end);
}
