/* SPDX-License-Identifier: Apache-2.0 */
/* The name that a person enters to log in: a username, or the mobile number that is one. */
#ifndef AS_API_LOGIN_NAME_H
#define AS_API_LOGIN_NAME_H

#include "api/call.h"

typedef struct as_login_name_t {
    const char *key;    /* folded; "" for overlong names, which no account has */
    const char *number; /* E.164, if the name parses as a mobile number, else key. An account
                         * without the name `key` is looked up by it. Limits count by it, so that
                         * forms of one number do not add up to more guesses */
    int is_overlong;
} as_login_name_t;

/* AS_OK, or BAD_REQUEST: it cannot be folded. */
as_error_t as_login_name_parse(const as_call_t *call, const char *username, as_login_name_t *name);

#endif
