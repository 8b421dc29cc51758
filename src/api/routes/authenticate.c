/* SPDX-License-Identifier: Apache-2.0 */
/* POST /authenticate */
#include "api/call.h"

#include "api/login.h"
#include "api/password_check.h"

typedef struct attempt_t {
    as_call_t *call;
    const char *username;
    const char *password;
    as_password_check_t check;
    as_login_t login;
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

static apr_status_t store(as_tx_t *tx, void *baton)
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
        .amr = "pwd",
        .address_digest = attempt->check.address_digest,
        .renewed_hash = attempt->check.renewed_hash,
    };
    error = as_login_create(call, &attempt->login);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store, attempt)) {
    case APR_SUCCESS:
        return as_login_reply(call, &attempt->login);
    case APR_ENOENT: /* the account was deleted since it was found */
        return AS_E_BAD_CREDENTIALS;
    default:
        return as_call_fail_unavailable(call);
    }
}

as_error_t as_endpoint_authenticate(as_call_t *call)
{
    attempt_t attempt = {.call = call};
    as_error_t error = read_fields(&attempt);

    if (error != AS_OK) {
        return error;
    }
    error = as_password_check_run(call, attempt.username, attempt.password, &attempt.check);
    if (error != AS_OK) {
        return error;
    }
    error = as_login_check_state(call, attempt.check.user);
    if (error != AS_OK) {
        return error;
    }
    return log_in(&attempt);
}
