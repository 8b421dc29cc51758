/* SPDX-License-Identifier: Apache-2.0 */
/* The last part of a change of number: the account gets the new one, and the older one a text. */
#ifndef AS_API_MOBILE_CHANGE_H
#define AS_API_MOBILE_CHANGE_H

#include "api/call.h"
#include "api/notice.h"
#include "store/codes.h"
#include "store/users.h"

typedef struct as_mobile_change_t {
    const as_user_t *user; /* with its older number */
    const as_users_mobile_t *mobile;
    const as_codes_row_t *code; /* the code that is used up; NULL: none */
    const char *attempt_key;    /* of the limit verify/user, which is cleared; NULL: none */
    as_notice_t moved;
} as_mobile_change_t;

/* Is the account's username its number, and changes with it? */
int as_mobile_change_renames(const as_user_t *user);

/*
 * Outside of any unit: store the change, void all other codes of the account, and send the text
 * `moved` to the older number. AS_OK, USERNAME_TAKEN, NOTHING_PENDING (the code is not open, or the
 * account has another number by now, or none) or UNAVAILABLE.
 */
as_error_t as_mobile_change_run(as_call_t *call, as_mobile_change_t *change);

#endif
