/* SPDX-License-Identifier: Apache-2.0 */
/* DELETE /users, POST /users/delete */
#include "api/call.h"

#include "api/recent.h"
#include "auth/cookie.h"
#include "auth/origin.h"
#include "server/account_epochs.h"
#include "store/users.h"

static apr_status_t delete_account(as_tx_t *tx, void *baton)
{
    const as_recent_t *recent = baton;
    apr_status_t rv = as_recent_clear_count(tx, recent);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_users_delete(tx, recent->user->id);
}

as_error_t as_endpoint_delete_account(as_call_t *call)
{
    as_recent_t recent;
    apr_status_t rv;
    as_error_t error = as_recent_check(call, &recent);

    if (error != AS_OK) {
        return error;
    }
    rv = as_db_write_confirmed(call->db, call->pool, delete_account, &recent);
    as_account_epochs_raise(recent.user->id);
    /* APR_ENOENT: another request has deleted it. */
    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return as_call_fail_unavailable(call);
    }
    /* Another site may send this request without a cookie; its response must not delete one. */
    if (as_origin_is_trusted(call->r, call->sc, call->dc)) {
        as_cookie_clear(call->r, call->sc, call->verdict);
    }
    return as_call_succeed(call, HTTP_OK, "Your account was deleted.");
}
