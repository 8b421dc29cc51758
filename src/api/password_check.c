/* SPDX-License-Identifier: Apache-2.0 */
#include "api/password_check.h"

#include <apr_strings.h>

#include "api/hashing.h"
#include "api/limit.h"
#include "api/login.h"
#include "auth/client.h"

/* An address from which the account logged in recently has its own counter, so attackers cannot
 * lock out the owner. */
static void choose_counter(as_password_check_t *check, int is_address_known)
{
    as_call_t *call = check->call;

    if (is_address_known) {
        check->counter = AS_LIMIT_COUNTER_KNOWN_ADDRESS;
        check->counter_key =
            apr_pstrcat(call->pool, as_client_get_network(call->r), " ", check->name.number, NULL);
    } else if (check->name.is_overlong) {
        check->counter = AS_LIMIT_COUNTER_OVERLONG_NAME;
        check->counter_key = check->username;
    } else {
        check->counter = as_srv_limit(call->sc, AS_LIMIT_LOGIN_USER).name;
        check->counter_key = check->name.number;
    }
}

/* By its username, else by its number. */
static apr_status_t find_user(as_tx_t *tx, as_password_check_t *check, int *is_address_known)
{
    const as_login_name_t *name = &check->name;
    apr_time_t now = check->call->now;
    apr_status_t rv =
        as_users_find_for_login(tx, name->key, check->address_digest, now, &check->user,
                                &check->highest_hashes, is_address_known);

    if (rv != APR_SUCCESS || check->user || strcmp(name->key, name->number) == 0) {
        return rv;
    }
    return as_users_find_for_password(tx, name->number, now, &check->user, &check->highest_hashes);
}

/* Counted before the password is compared: concurrent requests get no additional guesses. Found
 * before it is counted: the network's key is that of a name, so unknown names take the same work.
 */
static apr_status_t find_and_count(as_tx_t *tx, void *baton)
{
    as_password_check_t *check = baton;
    as_call_t *call = check->call;
    int is_address_known, refused;
    apr_status_t rv = find_user(tx, check, &is_address_known);
    as_limit_use_t uses[] = {{AS_LIMIT_LOGIN_IP, NULL, as_client_get_network(call->r)},
                             {AS_LIMIT_LOGIN_USER, NULL, NULL}};

    if (rv != APR_SUCCESS) {
        return rv;
    }
    choose_counter(check, is_address_known);
    uses[1].counter = check->counter;
    uses[1].key = check->counter_key;
    return as_limit_count_uses(tx, call, uses, 2, &refused, &check->retry_after);
}

static as_error_t find_account(as_password_check_t *check)
{
    as_call_t *call = check->call;

    if (as_login_hash_address(call, check->name.number, &check->address_digest) != APR_SUCCESS ||
        as_db_write_separately(call->db, call->pool, find_and_count, check) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (check->retry_after) {
        return as_call_fail_rate_limited(call, check->retry_after);
    }
    call->log_account = check->user ? check->user->id : NULL;
    return AS_OK;
}

static as_error_t compare(as_password_check_t *check)
{
    const char *stored = check->user ? check->user->password : NULL;
    int matches;
    as_error_t error = as_hashing_verify(check->call, check->password, stored,
                                         &check->highest_hashes, &matches, &check->renewed_hash);

    if (error != AS_OK) {
        return error;
    }
    return matches ? AS_OK : AS_E_BAD_CREDENTIALS;
}

as_error_t as_password_check_run(as_call_t *call, const char *username, const char *password,
                                 as_password_check_t *check)
{
    as_error_t error;

    *check = (as_password_check_t){.call = call, .username = username, .password = password};
    error = as_login_name_parse(call, username, &check->name);
    if (error != AS_OK) {
        return error;
    }
    error = find_account(check);
    if (error != AS_OK) {
        return error;
    }
    return compare(check);
}

apr_status_t as_password_check_clear_count(as_tx_t *tx, const as_password_check_t *check)
{
    return as_limit_clear_count_of(tx, check->call, AS_LIMIT_LOGIN_USER, check->counter,
                                   check->counter_key);
}
