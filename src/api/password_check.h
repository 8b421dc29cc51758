/* SPDX-License-Identifier: Apache-2.0 */
/* A password check by username, counted under the limits login/ip and login/user. An unknown
 * username takes the same work as a wrong password. */
#ifndef AS_API_PASSWORD_CHECK_H
#define AS_API_PASSWORD_CHECK_H

#include "api/call.h"
#include "api/login_name.h"
#include "db/unit.h"
#include "store/users.h"

typedef struct as_password_check_t {
    as_call_t *call;
    const char *username; /* as sent */
    as_login_name_t name;
    const char *password;
    const char *counter; /* under the limit login/user */
    const char *counter_key;
    const char *address_digest; /* of the client's network and the name */
    apr_interval_time_t retry_after;
    as_user_t *user; /* NULL: no account has this name */
    as_stored_hashes_t highest_hashes;
    const char *renewed_hash; /* of the password; NULL: the stored one is up to date */
} as_password_check_t;

/*
 * Outside of any unit: fold the name, count the attempt, find the account and compare the
 * password. AS_OK with check->user; BAD_REQUEST (the name cannot be folded), BAD_CREDENTIALS,
 * RATE_LIMITED or UNAVAILABLE. The caller checks the state of the account (locked, not verified).
 */
as_error_t as_password_check_run(as_call_t *call, const char *username, const char *password,
                                 as_password_check_t *check);

/* Inside a write unit, before it locks the account's row: a correct password clears its count. */
apr_status_t as_password_check_clear_count(as_tx_t *tx, const as_password_check_t *check);

#endif
