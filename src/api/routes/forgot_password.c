/* SPDX-License-Identifier: Apache-2.0 */
/* POST /password/forgot */
#include "api/call.h"

#include "account/username.h"
#include "api/limit.h"
#include "auth/client.h"
#include "base/seal.h"
#include "base/uuid.h"
#include "store/resets.h"

typedef struct forgot_t {
    as_call_t *call;
    const char *username;
    as_reset_t reset;
    apr_interval_time_t retry_after;
} forgot_t;

static as_error_t read_fields(forgot_t *forgot)
{
    as_error_t error = as_body_get_text(forgot->call->body, "username", &forgot->username);

    if (error != AS_OK) {
        return error;
    }
    return forgot->username ? AS_OK : AS_E_MISSING_USERNAME;
}

/* Overlong names, which no account has, are not folded: that takes time in proportion to their
 * length. */
static as_error_t make_reset(forgot_t *forgot)
{
    as_call_t *call = forgot->call;
    as_reset_t *reset = &forgot->reset;
    const char *key = "";

    if (!as_username_is_too_long(forgot->username) &&
        as_username_fold(call->pool, forgot->username, &key) != APR_SUCCESS) {
        return AS_E_BAD_REQUEST;
    }
    *reset = (as_reset_t){.site = call->sc->site, .created_at = call->now};
    if (as_uuid_generate(call->pool, &reset->id) != APR_SUCCESS ||
        as_seal_encrypt(call->pool, as_call_get_secret(call), reset->id, key, &reset->name) !=
            APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return AS_OK;
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    forgot_t *forgot = baton;
    const as_call_t *call = forgot->call;
    apr_status_t rv = as_limit_count_use(tx, call, AS_LIMIT_SMS_IP, as_client_get_network(call->r),
                                         &forgot->retry_after);

    if (rv != APR_SUCCESS || forgot->retry_after) {
        return rv;
    }
    return as_resets_insert(tx, &forgot->reset);
}

/* The account is looked up in the background (ops/reset_codes.c): here nothing depends on it. */
as_error_t as_endpoint_forgot_password(as_call_t *call)
{
    forgot_t forgot = {.call = call};
    as_error_t error = read_fields(&forgot);

    if (error != AS_OK) {
        return error;
    }
    error = make_reset(&forgot);
    if (error != AS_OK) {
        return error;
    }
    if (as_db_write(call->db, call->pool, store, &forgot) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (forgot.retry_after) {
        return as_call_fail_rate_limited(call, forgot.retry_after);
    }
    return as_call_succeed(call, HTTP_ACCEPTED,
                           "If this account exists, a code is on its way to its number.");
}
