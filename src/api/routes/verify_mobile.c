/* SPDX-License-Identifier: Apache-2.0 */
/* POST /users/verify: the code that was sent to a new number */
#include "api/call.h"

#include "account/code.h"
#include "api/limit.h"
#include "api/mobile_change.h"
#include "api/otp.h"
#include "store/codes.h"

typedef struct verification_t {
    as_call_t *call;
    const as_user_t *user;
    const char *code; /* normalized */
    const char *attempt_key;
    as_codes_row_t *row;
    as_codes_attempt_t outcome;
    apr_interval_time_t retry_after;
} verification_t;

static as_error_t read_code(verification_t *v)
{
    as_call_t *call = v->call;
    const char *code;
    as_error_t error = as_body_get_digits(call->body, "code", &code);

    if (error != AS_OK) {
        return error;
    }
    if (!code) {
        return AS_E_MISSING_CODE;
    }
    return as_code_normalize(call->pool, code, &v->code) == APR_SUCCESS ? AS_OK : AS_E_INVALID_CODE;
}

/* Before the code is compared: concurrent requests get no additional guesses. */
static apr_status_t count_attempt(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;
    as_call_t *call = v->call;
    apr_status_t rv =
        as_limit_count_use(tx, call, AS_LIMIT_VERIFY_USER, v->attempt_key, &v->retry_after);

    if (rv != APR_SUCCESS || v->retry_after) {
        return rv;
    }
    return as_codes_count_attempt(tx, v->user->id, AS_PURPOSE_MOBILE,
                                  as_srv_code_attempts(call->sc), call->now, &v->outcome, &v->row);
}

static as_error_t find_code(verification_t *v)
{
    as_call_t *call = v->call;

    if (as_db_write(call->db, call->pool, count_attempt, v) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (v->retry_after) {
        return as_call_fail_rate_limited(call, v->retry_after);
    }
    switch (v->outcome) {
    case AS_ATTEMPT_COUNTED:
        return AS_OK;
    case AS_ATTEMPT_EXHAUSTED:
        return AS_E_TOO_MANY_ATTEMPTS;
    case AS_ATTEMPT_EXPIRED:
        return AS_E_CODE_EXPIRED;
    default:
        return AS_E_NOTHING_PENDING;
    }
}

static as_error_t change_number(verification_t *v)
{
    const as_codes_row_t *row = v->row;
    as_users_mobile_t mobile = {
        .old_mobile = v->user->mobile,
        .mobile = row->mobile,
        .given = row->mobile_given,
        .country = row->country,
        .remote_id = row->remote_id,
        .is_proven = 1,
    };
    as_mobile_change_t change = {
        .user = v->user,
        .mobile = &mobile,
        .code = row,
        .attempt_key = v->attempt_key,
    };

    return as_mobile_change_run(v->call, &change);
}

as_error_t as_endpoint_verify_mobile(as_call_t *call)
{
    verification_t v = {.call = call, .user = call->verdict->account->row};
    as_user_t target = *v.user;
    as_error_t error = read_code(&v);

    call->log_account = v.user->id;
    call->code_purpose = AS_PURPOSE_MOBILE;
    if (error != AS_OK) {
        return error;
    }
    v.attempt_key = as_otp_make_attempt_key(call->pool, AS_PURPOSE_MOBILE, v.user->id);
    error = find_code(&v);
    if (error != AS_OK) {
        return error;
    }
    target.mobile = v.row->mobile;
    target.country = v.row->country;
    target.remote_id = v.row->remote_id;
    error = as_otp_verify(call, &target, v.row, v.code);
    if (error != AS_OK) {
        return error;
    }
    error = change_number(&v);
    if (error != AS_OK) {
        return error;
    }
    return as_call_succeed(call, HTTP_OK, "Your number was changed.");
}
