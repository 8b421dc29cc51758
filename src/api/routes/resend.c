/* SPDX-License-Identifier: Apache-2.0 */
/* POST /user/:id/resend */
#include "api/call.h"

#include "api/otp.h"
#include "base/uuid.h"
#include "store/users.h"

typedef struct resend_t {
    as_call_t *call;
    as_user_t *user;
    as_otp_t otp;
} resend_t;

static apr_status_t find(as_tx_t *tx, void *baton)
{
    resend_t *resend = baton;

    return as_users_find_by_id(tx, resend->call->path_id, &resend->user);
}

static as_error_t find_pending_account(resend_t *resend)
{
    as_call_t *call = resend->call;
    apr_status_t rv;

    if (!as_uuid_is_valid(call->path_id)) {
        return AS_E_UNKNOWN_USER;
    }
    rv = as_db_read(call->db, call->pool, find, resend);
    if (rv == APR_ENOENT) {
        return AS_E_UNKNOWN_USER;
    }
    if (rv != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    call->log_account = resend->user->id;
    return resend->user->verified ? AS_E_ALREADY_VERIFIED : AS_OK;
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    resend_t *resend = baton;
    apr_status_t rv = as_otp_reserve(tx, resend->call, &resend->otp);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_prevent_deletion(tx, resend->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_otp_store(tx, resend->call, &resend->otp);
}

static as_error_t store_code(resend_t *resend)
{
    as_call_t *call = resend->call;

    switch (as_db_write(call->db, call->pool, store, resend)) {
    case APR_SUCCESS:
        return AS_OK;
    case APR_ENOENT: /* the account was deleted since it was found */
        return AS_E_UNKNOWN_USER;
    case APR_EBUSY:
        return as_call_fail_rate_limited(call, resend->otp.retry_after);
    default:
        return as_call_fail_unavailable(call);
    }
}

as_error_t as_endpoint_resend(as_call_t *call)
{
    resend_t resend = {.call = call};
    as_error_t error = find_pending_account(&resend);

    if (error != AS_OK) {
        return error;
    }
    error = as_otp_create(call, resend.user, AS_PURPOSE_REGISTER, &resend.otp);
    if (error != AS_OK) {
        return error;
    }
    call->reply.account_id = resend.user->id;
    error = store_code(&resend);
    if (error != AS_OK) {
        return error;
    }
    error = as_otp_send(call, &resend.otp);
    if (error != AS_OK) {
        return error;
    }
    return as_call_succeed(call, HTTP_ACCEPTED, "Code sent");
}
