/* SPDX-License-Identifier: Apache-2.0 */
/* POST /user/:id/verify */
#include "api/call.h"

#include "account/code.h"
#include "api/fraud_guard.h"
#include "api/limit.h"
#include "api/message.h"
#include "api/notice.h"
#include "api/otp.h"
#include "base/uuid.h"
#include "server/account_epochs.h"
#include "store/codes.h"
#include "store/users.h"
#include "store/verification.h"

typedef struct verification_t {
    as_call_t *call;
    const char *attempt_key; /* of the limit verify/user */
    const char *code;        /* normalized; NULL: it has characters that no code has */
    as_user_t *user;
    as_codes_row_t *row;
    as_notice_t welcome;
    as_error_t error; /* of a unit that commits all the same */
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
    if (!as_uuid_is_valid(call->path_id)) {
        return AS_E_UNKNOWN_USER;
    }
    if (as_code_normalize(call->pool, code, &v->code) != APR_SUCCESS) {
        v->code = NULL;
    }
    v->attempt_key = as_otp_make_attempt_key(call->pool, AS_PURPOSE_REGISTER, call->path_id);
    return AS_OK;
}

/* ---- counting the attempt, before the code is compared ---- */

static as_error_t error_of_attempt(as_codes_attempt_t outcome)
{
    switch (outcome) {
    case AS_ATTEMPT_COUNTED:
        return AS_OK;
    case AS_ATTEMPT_EXHAUSTED:
        return AS_E_TOO_MANY_ATTEMPTS;
    default:
        return AS_E_CODE_EXPIRED;
    }
}

static apr_status_t count_attempt(as_tx_t *tx, verification_t *v)
{
    as_call_t *call = v->call;
    as_codes_attempt_t outcome;
    apr_status_t rv =
        as_limit_count_use(tx, call, AS_LIMIT_VERIFY_USER, v->attempt_key, &v->retry_after);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (v->retry_after) {
        v->error = AS_E_RATE_LIMITED;
        return APR_SUCCESS;
    }
    rv = as_codes_count_attempt(tx, v->user->id, AS_PURPOSE_REGISTER,
                                as_srv_code_attempts(call->sc), call->now, &outcome, &v->row);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    v->error = error_of_attempt(outcome);
    if (v->error != AS_E_CODE_EXPIRED) {
        return APR_SUCCESS;
    }
    /* Another request may have used the code while this one waited for its row. */
    rv = as_users_find_by_id(tx, call->path_id, &v->user);
    if (rv == APR_SUCCESS && v->user->verified) {
        v->error = AS_E_ALREADY_VERIFIED;
    }
    return rv;
}

static apr_status_t find_and_count(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;
    as_call_t *call = v->call;
    apr_status_t rv = as_users_find_by_id(tx, call->path_id, &v->user);

    v->error = AS_OK;
    call->log_account = NULL;
    if (rv == APR_ENOENT) {
        v->error = AS_E_UNKNOWN_USER;
        return APR_SUCCESS;
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    call->log_account = v->user->id;
    if (v->user->verified) {
        v->error = AS_E_ALREADY_VERIFIED;
        return APR_SUCCESS;
    }
    if (!v->code) {
        v->error = AS_E_INVALID_CODE;
        return APR_SUCCESS;
    }
    return count_attempt(tx, v);
}

static as_error_t find_account(verification_t *v)
{
    as_call_t *call = v->call;

    if (as_db_write_separately(call->db, call->pool, find_and_count, v) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (v->error == AS_E_RATE_LIMITED) {
        return as_call_fail_rate_limited(call, v->retry_after);
    }
    return v->error;
}

/* ---- using the code ---- */

/*
 * Of two requests with the right code at once, the second one finds the account verified or no
 * code: APR_ENOENT rolls it back, and likewise a code for a number that the account has no more.
 */
static apr_status_t use_code(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;
    apr_status_t rv = as_notice_reserve(tx, v->call, v->attempt_key, &v->welcome);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_verification_complete(tx, v->user->id, v->row->mobile, v->row->id,
                                  as_text_template_name(AS_TEXT_CODE), v->call->now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_notice_count_shared(tx, v->call, &v->welcome);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_fraud_guard_count_entered(tx, v->call, v->row);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_notice_store(tx, v->call, &v->welcome);
}

static apr_status_t read_account(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;

    return as_users_find_by_id(tx, v->call->path_id, &v->user);
}

/* Why the code could not be used. */
static as_error_t explain_lost_code(verification_t *v)
{
    apr_status_t rv = as_db_read(v->call->db, v->call->pool, read_account, v);

    return rv == APR_SUCCESS && v->user->verified ? AS_E_ALREADY_VERIFIED : AS_E_INVALID_CODE;
}

static as_error_t verify_account(verification_t *v)
{
    as_call_t *call = v->call;
    as_error_t error = as_notice_create(call, v->user, AS_TEXT_WELCOME, NULL, &v->welcome);

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, use_code, v)) {
    case APR_SUCCESS:
        as_account_epochs_raise(v->user->id);
        return AS_OK;
    case APR_ENOENT:
        return explain_lost_code(v);
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- the endpoint ---- */

static as_error_t send_welcome(verification_t *v)
{
    static const char complete[] =
        "You did it! Your signup is complete and you can now use the App :)";
    static const char not_texted[] =
        "You are signed up, but we could not send you a text message. Our bad - try to login.";
    int is_sent = as_notice_send(v->call, &v->welcome);

    return as_call_succeed(v->call, HTTP_OK, is_sent ? complete : not_texted);
}

as_error_t as_endpoint_verify(as_call_t *call)
{
    verification_t v = {.call = call};
    as_error_t error = read_code(&v);

    call->code_purpose = AS_PURPOSE_REGISTER;
    if (error != AS_OK) {
        return error;
    }
    error = find_account(&v);
    if (error != AS_OK) {
        return error;
    }
    error = as_otp_verify(call, v.user, v.row, v.code);
    if (error != AS_OK) {
        return error;
    }
    error = verify_account(&v);
    if (error != AS_OK) {
        return error;
    }
    return send_welcome(&v);
}
