/* SPDX-License-Identifier: Apache-2.0 */
/* POST /authenticate */
#include "api/call.h"

#include <apr_strings.h>

#include "account/username.h"
#include "api/hashing.h"
#include "api/limit.h"
#include "api/session_token.h"
#include "auth/client.h"
#include "store/addresses.h"
#include "store/users.h"

#define ADDRESS_TTL apr_time_from_sec(30 * 86400)

/* The folded form of overlong names, which no account has. */
static const char NO_NAME[] = "";

typedef struct attempt_t {
    as_call_t *call;
    const char *username;     /* as sent */
    const char *username_key; /* folded, or NO_NAME */
    const char *password;
    const char *counter; /* under the limit login/user */
    const char *counter_key;
    const char *address_digest; /* of the network and the folded name */
    apr_interval_time_t retry_after;
    as_user_t *user; /* NULL: no account has this name */
    int highest_cost;
    const char *renewed_hash; /* of the password; NULL: the stored one is up to date */
    as_session_token_t session_token;
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

/* Overlong names are not folded: that takes time in proportion to their length. */
static as_error_t fold_username(attempt_t *attempt)
{
    apr_status_t rv;

    attempt->username_key = NO_NAME;
    if (as_username_is_too_long(attempt->username)) {
        return AS_OK;
    }
    rv = as_username_fold(attempt->call->pool, attempt->username, &attempt->username_key);
    return rv == APR_SUCCESS ? AS_OK : AS_E_BAD_REQUEST;
}

/* ---- finding the account, within the limits ---- */

/*
 * An address from which the account logged in recently has its own counter, so attackers cannot
 * lock out the owner. It is looked up by name: the work is the same for unknown names.
 */
static apr_status_t choose_counter(as_tx_t *tx, attempt_t *attempt)
{
    as_call_t *call = attempt->call;
    const char *address =
        apr_pstrcat(call->pool, as_client_get_network(call->r), " ", attempt->username_key, NULL);
    int is_known;
    apr_status_t rv = as_limit_hash_key(call, "address", address, &attempt->address_digest);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_addresses_is_known(tx, attempt->address_digest, call->now, &is_known);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (is_known) {
        attempt->counter = AS_LIMIT_COUNTER_KNOWN_ADDRESS;
        attempt->counter_key = address;
    } else if (attempt->username_key == NO_NAME) {
        attempt->counter = AS_LIMIT_COUNTER_OVERLONG_NAME;
        attempt->counter_key = attempt->username;
    } else {
        attempt->counter = as_srv_limit(call->sc, AS_LIMIT_LOGIN_USER).name;
        attempt->counter_key = attempt->username_key;
    }
    return APR_SUCCESS;
}

/* Counted before the password is compared: concurrent requests get no additional guesses. */
static apr_status_t count_and_find(as_tx_t *tx, void *baton)
{
    attempt_t *attempt = baton;
    as_call_t *call = attempt->call;
    const char *network = as_client_get_network(call->r);
    apr_status_t rv;

    attempt->user = NULL;
    rv = as_limit_count_use(tx, call, AS_LIMIT_LOGIN_IP, network, &attempt->retry_after);
    if (rv != APR_SUCCESS || attempt->retry_after) {
        return rv;
    }
    rv = choose_counter(tx, attempt);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_limit_count_use_of(tx, call, AS_LIMIT_LOGIN_USER, attempt->counter,
                               attempt->counter_key, &attempt->retry_after);
    if (rv != APR_SUCCESS || attempt->retry_after) {
        return rv;
    }
    return as_users_find_for_password(tx, attempt->username_key, call->now, &attempt->user,
                                      &attempt->highest_cost);
}

static as_error_t find_account(attempt_t *attempt)
{
    as_call_t *call = attempt->call;

    if (as_db_write(call->db, call->pool, count_and_find, attempt) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (attempt->retry_after) {
        return as_call_fail_rate_limited(call, attempt->retry_after);
    }
    call->log_account = attempt->user ? attempt->user->id : NULL;
    return AS_OK;
}

/* ---- checking it ---- */

static as_error_t check_password(attempt_t *attempt)
{
    const char *stored = attempt->user ? attempt->user->password : NULL;
    int matches;
    as_error_t error = as_hashing_verify(attempt->call, attempt->password, stored,
                                         attempt->highest_cost, &matches, &attempt->renewed_hash);

    if (error != AS_OK) {
        return error;
    }
    return matches ? AS_OK : AS_E_BAD_CREDENTIALS;
}

/* After the password: the state of an account is disclosed only to its owner. */
static as_error_t check_state(attempt_t *attempt)
{
    as_call_t *call = attempt->call;
    const as_user_t *user = attempt->user;

    if (user->locked) {
        return AS_E_LOCKED;
    }
    if (!user->verified && as_srv_require_verified(call->sc)) {
        call->reply.account_id = user->id;
        return AS_E_NOT_VERIFIED;
    }
    return AS_OK;
}

/* ---- logging in ---- */

static apr_status_t store(as_tx_t *tx, void *baton)
{
    attempt_t *attempt = baton;
    as_call_t *call = attempt->call;
    const as_user_t *user = attempt->user;
    apr_status_t rv = as_limit_clear_count_of(tx, call, AS_LIMIT_LOGIN_USER, attempt->counter,
                                              attempt->counter_key);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_record_login(tx, user->id, call->now, user->password, attempt->renewed_hash);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_session_token_store(tx, &attempt->session_token);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_addresses_record(tx, attempt->address_digest, user->id, call->now + ADDRESS_TTL);
}

static as_error_t store_login(attempt_t *attempt)
{
    as_call_t *call = attempt->call;

    switch (as_db_write(call->db, call->pool, store, attempt)) {
    case APR_SUCCESS:
        return AS_OK;
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
    error = fold_username(&attempt);
    if (error != AS_OK) {
        return error;
    }
    error = find_account(&attempt);
    if (error != AS_OK) {
        return error;
    }
    error = check_password(&attempt);
    if (error != AS_OK) {
        return error;
    }
    error = check_state(&attempt);
    if (error != AS_OK) {
        return error;
    }
    error = as_session_token_create(call, attempt.user->id, &attempt.session_token);
    if (error != AS_OK) {
        return error;
    }
    error = store_login(&attempt);
    if (error != AS_OK) {
        return error;
    }
    return as_session_token_reply(call, &attempt.session_token);
}
