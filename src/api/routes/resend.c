/* SPDX-License-Identifier: Apache-2.0 */
/* POST /user/:id/resend */
#include "api/call.h"

#include "api/otp.h"
#include "base/random.h"
#include "store/users.h"

typedef struct resend_t {
    as_call_t *call;
    as_user_t *user;
    as_otp_t flow;
} resend_t;

static apr_status_t find(as_tx_t *tx, void *baton)
{
    resend_t *resend = baton;

    return as_users_find_by_id(tx, resend->call->id, &resend->user);
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    resend_t *resend = baton;
    apr_status_t rv = as_otp_reserve(tx, resend->call, &resend->flow);

    if (rv == APR_SUCCESS) {
        rv = as_users_prevent_deletion(tx, resend->user->id);
    }
    return rv == APR_SUCCESS ? as_otp_store(tx, resend->call, &resend->flow) : rv;
}

static as_error_t pending_user(resend_t *resend)
{
    as_call_t *call = resend->call;
    apr_status_t rv =
        as_uuid_is_valid(call->id) ? as_db_read(call->db, call->pool, find, resend) : APR_ENOENT;
    as_error_t error = AS_OK;

    if (rv == APR_ENOENT) {
        error = AS_E_UNKNOWN_USER;
    } else if (rv != APR_SUCCESS) {
        error = as_call_fail_unavailable(call);
    } else {
        call->account = resend->user->id;
        error = resend->user->verified ? AS_E_ALREADY_VERIFIED : AS_OK;
    }
    return error;
}

as_error_t as_endpoint_resend(as_call_t *call)
{
    resend_t resend = {.call = call};
    as_error_t error = pending_user(&resend);
    apr_status_t rv = APR_SUCCESS;

    if (error == AS_OK) {
        error = as_otp_create(call, resend.user, AS_PURPOSE_REGISTER, &resend.flow);
    }
    if (error != AS_OK) {
        return error;
    }
    call->reply.id = resend.user->id;
    rv = as_db_write(call->db, call->pool, store, &resend);
    if (rv == APR_ENOENT) {
        return AS_E_UNKNOWN_USER;
    }
    if (rv == APR_EBUSY) {
        call->reply.retry_after = resend.flow.wait;
        return AS_E_RATE_LIMITED;
    }
    error = rv == APR_SUCCESS ? as_otp_send(call, &resend.flow) : as_call_fail_unavailable(call);
    return error == AS_OK ? as_call_succeed(call, HTTP_ACCEPTED, "Code sent") : error;
}
