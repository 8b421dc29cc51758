/* SPDX-License-Identifier: Apache-2.0 */
/* POST /users/confirm and /users/confirm/sms: a recent proof of identity for a session. */
#include "api/call.h"

#include "account/code.h"
#include "api/limit.h"
#include "api/otp.h"
#include "api/password_check.h"
#include "api/second_factor.h"
#include "api/session_token.h"

typedef struct confirmation_t {
    as_call_t *call;
    const as_user_t *user;
    const char *sid;
    int needs_password, needs_code;
    const char *password;
    const char *code; /* normalized; NULL: none, or it has characters that no code has */
    as_password_check_t check;
    const char *attempt_key; /* of the limit verify/user */
    as_codes_row_t *row;
    as_otp_t otp;
    as_session_token_t session_token;
    int is_waiting;   /* the resend wait has not passed */
    as_error_t error; /* of a unit that commits all the same */
    apr_interval_time_t retry_after;
} confirmation_t;

/* A token without a session, as the original system made them, cannot be renewed. */
static as_error_t find_session(confirmation_t *c)
{
    const as_verdict_t *verdict = c->call->verdict;

    c->user = verdict->account->row;
    c->sid = verdict->token.claims.sid;
    c->call->log_account = c->user->id;
    return c->sid ? AS_OK : AS_E_CONFIRMATION_REQUIRED;
}

/* ---- the fields ---- */

static as_error_t read_fields(confirmation_t *c)
{
    const as_call_t *call = c->call;
    const char *code;
    as_error_t error = as_body_get_text(call->body, "password", &c->password);

    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_digits(call->body, "code", &code);
    if (error != AS_OK) {
        return error;
    }
    c->needs_password = *c->user->password != '\0';
    c->needs_code = !c->needs_password || as_second_factor_is_needed(call->sc, c->user);
    if (c->needs_password && !c->password) {
        return AS_E_MISSING_PASSWORD;
    }
    if (c->needs_code && !code) {
        return AS_E_MISSING_CODE;
    }
    if (!code || as_code_normalize(call->pool, code, &c->code) != APR_SUCCESS) {
        c->code = NULL;
    }
    return AS_OK;
}

/* ---- checking ---- */

static as_error_t check_password(confirmation_t *c)
{
    as_error_t error = as_password_check_run(c->call, c->user->username, c->password, &c->check);

    if (error == AS_E_BAD_CREDENTIALS) {
        return AS_E_WRONG_PASSWORD;
    }
    if (error != AS_OK) {
        return error;
    }
    /* The account was deleted meanwhile, and another one has its name. */
    return strcmp(c->check.user->id, c->user->id) == 0 ? AS_OK : AS_E_INVALID_TOKEN;
}

static as_error_t error_of_attempt(as_codes_attempt_t outcome)
{
    switch (outcome) {
    case AS_ATTEMPT_COUNTED:
        return AS_OK;
    case AS_ATTEMPT_EXHAUSTED:
        return AS_E_TOO_MANY_ATTEMPTS;
    case AS_ATTEMPT_EXPIRED:
        return AS_E_CODE_EXPIRED;
    default:
        return AS_E_INVALID_CODE;
    }
}

static apr_status_t count_attempt(as_tx_t *tx, void *baton)
{
    confirmation_t *c = baton;
    const as_call_t *call = c->call;
    as_codes_attempt_t outcome;
    apr_status_t rv =
        as_limit_count_use(tx, call, AS_LIMIT_VERIFY_USER, c->attempt_key, &c->retry_after);

    c->error = AS_OK;
    if (rv != APR_SUCCESS || c->retry_after) {
        c->error = AS_E_RATE_LIMITED;
        return rv;
    }
    rv = as_codes_count_attempt(tx, c->user->id, AS_PURPOSE_CONFIRM, as_srv_code_attempts(call->sc),
                                call->now, &outcome, &c->row);
    if (rv == APR_SUCCESS) {
        c->error = error_of_attempt(outcome);
    }
    return rv;
}

static as_error_t check_code(confirmation_t *c)
{
    as_call_t *call = c->call;
    as_error_t error;

    if (!c->code) {
        return AS_E_INVALID_CODE;
    }
    c->attempt_key = as_otp_make_attempt_key(call->pool, AS_PURPOSE_CONFIRM, c->user->id);
    if (as_db_write(call->db, call->pool, count_attempt, c) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (c->error == AS_E_RATE_LIMITED) {
        return as_call_fail_rate_limited(call, c->retry_after);
    }
    if (c->error != AS_OK) {
        return c->error;
    }
    error = as_otp_verify(call, c->user, c->row, c->code);
    if (error != AS_OK) {
        return error;
    }
    return strcmp(c->row->mobile, c->user->mobile) == 0 ? AS_OK : AS_E_INVALID_CODE;
}

/* ---- the session ---- */

static apr_status_t clear_counts(as_tx_t *tx, const confirmation_t *c)
{
    apr_status_t rv = APR_SUCCESS;

    if (c->needs_password) {
        rv = as_password_check_clear_count(tx, &c->check);
    }
    if (rv != APR_SUCCESS || !c->needs_code) {
        return rv;
    }
    return as_limit_clear_count(tx, c->call, AS_LIMIT_VERIFY_USER, c->attempt_key);
}

static apr_status_t renew_session(as_tx_t *tx, confirmation_t *c)
{
    const as_call_t *call = c->call;
    apr_pool_t *p = call->pool;
    apr_time_t earliest, latest;
    as_session_t *session;
    apr_status_t rv = as_sessions_find(tx, c->sid, &session);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (strcmp(session->user_id, c->user->id) != 0) {
        return APR_ENOENT;
    }
    if (c->needs_password) {
        session->amr = as_second_factor_add_proof(p, session->amr, AS_PROOF_PASSWORD);
    }
    if (c->needs_code) {
        session->amr = as_second_factor_add_proof(p, session->amr, AS_PROOF_SMS);
    }
    session->auth_time = call->now;
    as_session_token_find_bounds(call, &earliest, &latest);
    if (session->expires_at && session->expires_at < earliest) {
        session->expires_at = earliest;
    }
    c->session_token.session = *session;
    return as_sessions_confirm(tx, session->sid, session->amr, session->auth_time, earliest);
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    confirmation_t *c = baton;
    apr_status_t rv = clear_counts(tx, c);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_prevent_deletion(tx, c->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = renew_session(tx, c);
    if (rv != APR_SUCCESS || !c->needs_code) {
        return rv;
    }
    rv = as_codes_consume(tx, c->row->id);
    /* Another request has used the code. */
    return rv == APR_ENOENT ? APR_EEXIST : rv;
}

static as_error_t renew_token(confirmation_t *c)
{
    as_call_t *call = c->call;

    switch (as_db_write(call->db, call->pool, store, c)) {
    case APR_SUCCESS:
        return as_session_token_reply(call, &c->session_token);
    case APR_EEXIST:
        return AS_E_INVALID_CODE;
    case APR_ENOENT: /* the session has ended, or the account was deleted */
        return AS_E_INVALID_TOKEN;
    default:
        return as_call_fail_unavailable(call);
    }
}

as_error_t as_endpoint_confirm(as_call_t *call)
{
    confirmation_t c = {.call = call};
    as_error_t error = find_session(&c);

    if (error != AS_OK) {
        return error;
    }
    error = read_fields(&c);
    if (error != AS_OK) {
        return error;
    }
    error = c.needs_password ? check_password(&c) : AS_OK;
    if (error != AS_OK) {
        return error;
    }
    if (c.needs_code) {
        call->code_purpose = AS_PURPOSE_CONFIRM;
        error = check_code(&c);
    }
    if (error != AS_OK) {
        return error;
    }
    return renew_token(&c);
}

/* ---- the code ---- */

static apr_status_t store_code(as_tx_t *tx, void *baton)
{
    confirmation_t *c = baton;
    apr_status_t rv;

    c->is_waiting = 0;
    rv = as_otp_reserve(tx, c->call, &c->otp);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_prevent_deletion(tx, c->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_otp_store(tx, c->call, &c->otp);
    c->is_waiting = rv == APR_EBUSY;
    return rv;
}

/* Within the resend wait nothing is sent again. */
static as_error_t send_code(confirmation_t *c)
{
    as_call_t *call = c->call;

    switch (as_db_write(call->db, call->pool, store_code, c)) {
    case APR_SUCCESS:
        c->retry_after = as_srv_code_resend(call->sc);
        return as_otp_send(call, &c->otp);
    case APR_EBUSY:
        c->retry_after = c->otp.retry_after;
        return c->is_waiting ? AS_OK : as_call_fail_rate_limited(call, c->retry_after);
    case APR_ENOENT: /* the account was deleted */
        return AS_E_INVALID_TOKEN;
    default:
        return as_call_fail_unavailable(call);
    }
}

as_error_t as_endpoint_confirm_sms(as_call_t *call)
{
    confirmation_t c = {.call = call};
    as_error_t error = find_session(&c);

    if (error != AS_OK) {
        return error;
    }
    if (!c.user->proved_at) {
        return AS_E_NO_PROVEN_NUMBER;
    }
    error = as_otp_create(call, c.user, AS_PURPOSE_CONFIRM, &c.otp);
    if (error != AS_OK) {
        return error;
    }
    error = send_code(&c);
    if (error != AS_OK) {
        return error;
    }
    as_call_succeed(call, HTTP_ACCEPTED, "Code sent");
    json_object_object_add(call->reply.json, "retry_after",
                           json_object_new_int64(as_call_count_seconds(c.retry_after)));
    return AS_OK;
}
