/* SPDX-License-Identifier: Apache-2.0 */
/* DELETE /sessions/:sid */
#include "api/call.h"

#include <string.h>

#include "auth/cookie.h"
#include "base/uuid.h"
#include "server/account_epochs.h"
#include "store/sessions.h"

static apr_status_t delete_session(as_tx_t *tx, void *baton)
{
    const as_call_t *call = baton;

    return as_sessions_delete(tx, call->path_id, call->verdict->account->id);
}

as_error_t as_endpoint_session_delete(as_call_t *call)
{
    const char *user_id = call->verdict->account->id;
    const char *own_sid = call->verdict->token.claims.sid;
    apr_status_t rv;

    call->log_account = user_id;
    if (!as_uuid_is_valid(call->path_id)) {
        return AS_E_UNKNOWN_SESSION;
    }
    rv = as_db_write_confirmed(call->db, call->pool, delete_session, call);
    as_account_epochs_raise(user_id);
    if (rv == APR_ENOENT) {
        return AS_E_UNKNOWN_SESSION;
    }
    if (rv != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (own_sid && strcmp(own_sid, call->path_id) == 0) {
        as_cookie_clear(call->r, call->sc, call->verdict);
        as_cookie_clear_refresh(call->r, call->sc, 0);
    }
    return as_call_succeed(call, HTTP_OK, "The session is ended.");
}
