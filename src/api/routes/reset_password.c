/* SPDX-License-Identifier: Apache-2.0 */
/* POST /password/reset */
#include "api/call.h"

#include <apr_strings.h>

#include "account/code.h"
#include "account/username.h"
#include "api/hashing.h"
#include "api/limit.h"
#include "api/new_password.h"
#include "api/otp.h"
#include "auth/client.h"
#include "store/codes.h"

typedef struct reset_t {
    as_call_t *call;
    const char *username;
    const char *username_key; /* folded; "" for overlong names, which no account has */
    const char *code;         /* as sent, then normalized */
    const char *password;
    const char *attempt_key; /* of the limit verify/user */
    as_user_t *user;         /* NULL: no account has this name */
    as_codes_row_t *row;     /* NULL: no code is open */
    as_new_password_t change;
    apr_interval_time_t retry_after;
} reset_t;

/* ---- the fields ---- */

static as_error_t read_fields(reset_t *reset)
{
    const as_body_t *body = reset->call->body;
    as_error_t error = as_body_get_text(body, "username", &reset->username);

    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_digits(body, "code", &reset->code);
    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_text(body, "password", &reset->password);
    if (error != AS_OK) {
        return error;
    }
    if (!reset->username) {
        return AS_E_MISSING_USERNAME;
    }
    if (!reset->code) {
        return AS_E_MISSING_CODE;
    }
    return reset->password ? AS_OK : AS_E_MISSING_PASSWORD;
}

/* Without the number of the account, which would be disclosed. */
static as_error_t check_fields(reset_t *reset)
{
    as_call_t *call = reset->call;
    as_error_t error = as_new_password_check(call, reset->password, reset->username, NULL);

    if (error != AS_OK) {
        return error;
    }
    if (as_code_normalize(call->pool, reset->code, &reset->code) != APR_SUCCESS) {
        return AS_E_INVALID_CODE;
    }
    /* Folding takes time in proportion to the length. */
    if (as_username_is_too_long(reset->username)) {
        return AS_E_INVALID_CODE;
    }
    if (as_username_fold(call->pool, reset->username, &reset->username_key) != APR_SUCCESS) {
        return AS_E_BAD_REQUEST;
    }
    reset->attempt_key = as_otp_make_attempt_key(call->pool, AS_PURPOSE_RESET, reset->username_key);
    return AS_OK;
}

/* ---- the code ---- */

/* The same statements for a name that nobody has. */
static apr_status_t count_and_find(as_tx_t *tx, void *baton)
{
    reset_t *reset = baton;
    as_call_t *call = reset->call;
    const as_limit_use_t uses[] = {
        {AS_LIMIT_LOGIN_IP, NULL, as_client_get_network(call->r)},
        {AS_LIMIT_VERIFY_USER, NULL, reset->attempt_key},
    };
    int refused;
    apr_status_t rv = as_limit_count_uses(tx, call, uses, 2, &refused, &reset->retry_after);

    reset->user = NULL;
    if (rv != APR_SUCCESS || reset->retry_after) {
        return rv;
    }
    rv = as_users_find_by_name(tx, reset->username_key, call->now, &reset->user);
    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return rv;
    }
    return as_codes_take_attempt(tx, reset->user ? reset->user->id : "", AS_PURPOSE_RESET,
                                 as_srv_code_attempts(call->sc), call->now, &reset->row);
}

static as_error_t find_code(reset_t *reset)
{
    as_call_t *call = reset->call;

    if (as_db_write(call->db, call->pool, count_and_find, reset) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (reset->retry_after) {
        return as_call_fail_rate_limited(call, reset->retry_after);
    }
    call->log_account = reset->user ? reset->user->id : NULL;
    return AS_OK;
}

/* Every failure is INVALID_CODE: others would tell that a code was sent, and to an account. */
static as_error_t check_code(reset_t *reset)
{
    as_call_t *call = reset->call;
    int is_open = reset->row && !reset->user->locked;

    if (!is_open) {
        as_otp_verify_none(call, reset->code);
        return AS_E_INVALID_CODE;
    }
    if (as_otp_verify(call, reset->user, reset->row, reset->code) != AS_OK) {
        call->reply = (as_reply_t){.status = 0};
        return AS_E_INVALID_CODE;
    }
    return AS_OK;
}

/* ---- the password ---- */

/* Failed logins do not lock out the owner any more. */
static apr_status_t clear_counts(as_tx_t *tx, const reset_t *reset)
{
    const as_call_t *call = reset->call;
    const char *key =
        apr_pstrcat(call->pool, as_client_get_network(call->r), " ", reset->username_key, NULL);
    apr_status_t rv = as_limit_clear_count(tx, call, AS_LIMIT_LOGIN_USER, reset->username_key);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_limit_clear_count_of(tx, call, AS_LIMIT_LOGIN_USER, AS_LIMIT_COUNTER_KNOWN_ADDRESS,
                                   key);
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    reset_t *reset = baton;
    apr_status_t rv = clear_counts(tx, reset);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_new_password_store(tx, reset->call, &reset->change);
}

static as_error_t set_password(reset_t *reset)
{
    as_call_t *call = reset->call;
    const as_user_t *user = reset->user;
    as_error_t error = as_new_password_check(call, reset->password, user->username, user->mobile);

    if (error != AS_OK) {
        return error;
    }
    reset->change.user = user;
    reset->change.code_id = reset->row->id;
    reset->change.attempt_key = reset->attempt_key;
    error = as_notice_create(call, user, AS_TEXT_ALERT, "your password was reset",
                             &reset->change.alert);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store, reset)) {
    case APR_SUCCESS:
        as_new_password_announce(call, &reset->change);
        return AS_OK;
    case APR_ENOENT: /* another request has used the code, or the account was deleted */
        return AS_E_INVALID_CODE;
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- the endpoint ---- */

/* The password is hashed before the code is checked, so that this takes the most of the time for
 * every name and code. */
as_error_t as_endpoint_reset_password(as_call_t *call)
{
    reset_t reset = {.call = call};
    as_error_t error = read_fields(&reset);

    call->code_purpose = AS_PURPOSE_RESET;
    if (error != AS_OK) {
        return error;
    }
    error = check_fields(&reset);
    if (error != AS_OK) {
        return error;
    }
    error = find_code(&reset);
    if (error != AS_OK) {
        return error;
    }
    error = as_hashing_hash(call, reset.password, &reset.change.hash);
    if (error != AS_OK) {
        return error;
    }
    error = check_code(&reset);
    if (error != AS_OK) {
        return error;
    }
    error = set_password(&reset);
    if (error != AS_OK) {
        return error;
    }
    return as_call_succeed(call, HTTP_OK, "Your password was changed. Please log in.");
}
