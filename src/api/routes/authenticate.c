/* SPDX-License-Identifier: Apache-2.0 */
/* POST /authenticate */
#include "api/call.h"

#include "api/login.h"
#include "api/login_challenge.h"
#include "api/password_check.h"
#include "api/second_factor.h"

typedef struct attempt_t {
    as_call_t *call;
    const char *username;
    const char *password;
    as_password_check_t check;
    as_login_t login;
    as_login_challenge_t challenge;
} attempt_t;

static as_error_t read_fields(attempt_t *attempt)
{
    const as_body_t *body = attempt->call->body;
    as_error_t error = as_body_get_text(body, "username", &attempt->username);

    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_text(body, "password", &attempt->password);
    if (error != AS_OK) {
        return error;
    }
    if (!attempt->username) {
        return AS_E_MISSING_USERNAME;
    }
    return attempt->password ? AS_OK : AS_E_MISSING_PASSWORD;
}

/* ---- the password is enough ---- */

static apr_status_t store_login(as_tx_t *tx, void *baton)
{
    attempt_t *attempt = baton;
    apr_status_t rv = as_password_check_clear_count(tx, &attempt->check);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_login_store(tx, attempt->call, &attempt->login);
}

static as_error_t log_in(attempt_t *attempt)
{
    as_call_t *call = attempt->call;
    as_error_t error;

    attempt->login = (as_login_t){
        .user = attempt->check.user,
        .amr = AS_PROOF_PASSWORD,
        .address_digest = attempt->check.address_digest,
        .renewed_hash = attempt->check.renewed_hash,
    };
    error = as_login_create(call, &attempt->login);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store_login, attempt)) {
    case APR_SUCCESS:
        return as_login_reply(call, &attempt->login);
    case APR_ENOENT: /* the account was deleted since it was found */
        return AS_E_BAD_CREDENTIALS;
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- a second factor is needed ---- */

static apr_status_t lock_account(as_tx_t *tx, const as_password_check_t *check)
{
    const as_user_t *user = check->user;

    return check->renewed_hash
               ? as_users_renew_hash(tx, user->id, user->password, check->renewed_hash)
               : as_users_prevent_deletion(tx, user->id);
}

static apr_status_t store_challenge(as_tx_t *tx, void *baton)
{
    attempt_t *attempt = baton;
    apr_status_t rv = as_password_check_clear_count(tx, &attempt->check);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_login_challenge_reserve(tx, attempt->call, &attempt->challenge);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = lock_account(tx, &attempt->check);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_login_challenge_store(tx, attempt->call, &attempt->challenge);
}

static as_error_t ask_for_second_factor(attempt_t *attempt)
{
    as_call_t *call = attempt->call;
    as_error_t error;

    /* Clients of the original system cannot answer a challenge. */
    if (as_dir_always200(call->dc)) {
        return AS_E_SECOND_FACTOR_REQUIRED;
    }
    error = as_login_challenge_create(call, attempt->check.user, AS_PROOF_PASSWORD,
                                      &attempt->challenge);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store_challenge, attempt)) {
    case APR_SUCCESS:
    case APR_EBUSY:
        return as_login_challenge_finish(call, &attempt->challenge);
    case APR_ENOENT:
        return AS_E_BAD_CREDENTIALS;
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- the endpoint ---- */

as_error_t as_endpoint_authenticate(as_call_t *call)
{
    attempt_t attempt = {.call = call};
    as_error_t error = read_fields(&attempt);

    if (error != AS_OK) {
        return error;
    }
    if (!(as_srv_login_methods(call->sc) & AS_LOGIN_PASSWORD)) {
        return AS_E_BAD_CREDENTIALS;
    }
    error = as_password_check_run(call, attempt.username, attempt.password, &attempt.check);
    if (error != AS_OK) {
        return error;
    }
    error = as_login_check_state(call, attempt.check.user);
    if (error != AS_OK) {
        return error;
    }
    if (as_second_factor_is_missing(call->sc, attempt.check.user, AS_PROOF_PASSWORD)) {
        return ask_for_second_factor(&attempt);
    }
    return log_in(&attempt);
}
