/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of identity of (recent) routes: a login of the last minutes, or the current password in
 * the body. */
#ifndef AS_API_RECENT_H
#define AS_API_RECENT_H

#include "api/call.h"
#include "api/password_check.h"
#include "db/unit.h"
#include "store/users.h"

typedef struct as_recent_t {
    const as_user_t *user;     /* the account of the token */
    const char *password;      /* as sent, and correct; NULL: none was sent */
    as_password_check_t check; /* of the password */
} as_recent_t;

/*
 * On routes that require a token, outside of any unit: read `password` and apply the rule. A wrong
 * password fails even with a recent login, and counts under login/ip and login/user. An account
 * that needs a second factor must have used it in the recent login; a password does not replace it.
 * AS_OK, BAD_REQUEST (password is not a string), WRONG_PASSWORD, CONFIRMATION_REQUIRED,
 * INVALID_TOKEN (the account was deleted meanwhile), RATE_LIMITED or UNAVAILABLE.
 */
as_error_t as_recent_check(as_call_t *call, as_recent_t *recent);

/* Inside the write unit, before it locks the account's row: a correct password clears its count. */
apr_status_t as_recent_clear_count(as_tx_t *tx, const as_recent_t *recent);

#endif
