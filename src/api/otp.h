/* SPDX-License-Identifier: Apache-2.0 */
/* How a code gets to a person, and how it is checked: the same for every purpose, and for codes of
 * our own (verifier local) as for a remote verifier's. */
#ifndef AS_API_OTP_H
#define AS_API_OTP_H

#include "api/call.h"
#include "api/message.h"
#include "store/codes.h"
#include "store/users.h"

typedef struct as_otp_t {
    const as_user_t *user;
    as_purpose_t purpose;
    const char *id;           /* of the code's row */
    const char *code;         /* NULL: a remote verifier makes it */
    as_message_t sending;     /* with a code of ours */
    int silent;               /* the number is never texted */
    apr_interval_time_t wait; /* not 0: nothing may be sent for so long */
} as_otp_t;

/* Make a new code (outside of any unit: it needs randomness, no database). AS_OK, SMS_FAILED (the
 * account has no number that may be texted) or UNAVAILABLE. */
as_error_t as_otp_create(as_call_t *call, const as_user_t *user, as_purpose_t purpose,
                         as_otp_t *flow);

/*
 * Inside a write unit, before it touches an account: count the text under the number's limit. With
 * a remote verifier, units for the same number wait here for each other. APR_EBUSY with flow->wait:
 * the limit forbids the text, and the unit must be rolled back.
 */
apr_status_t as_otp_reserve(as_tx_t *tx, const as_call_t *call, as_otp_t *flow);

/*
 * Later in the same unit, when it holds the account's row (inserted, updated, or
 * as_users_prevent_deletion): replace the older code, and count the text under the limits by
 * address and in total. APR_EBUSY with flow->wait: a limit or the resend wait forbids the text, and
 * the unit must be rolled back.
 */
apr_status_t as_otp_store(as_tx_t *tx, const as_call_t *call, as_otp_t *flow);

/* After the commit: send it. AS_OK, SMS_FAILED, RATE_LIMITED (the provider asks for time) or
 * UNAVAILABLE; after a failure it may be asked for again at once. */
as_error_t as_otp_send(as_call_t *call, const as_otp_t *flow);

/* Is this the code of a row whose attempt was counted? AS_OK, INVALID_CODE, CODE_EXPIRED,
 * TOO_MANY_ATTEMPTS, SMS_FAILED (the remote verifier cannot be asked), RATE_LIMITED (it asks for
 * time) or UNAVAILABLE. No unit is open meanwhile. Where the verifier certainly did not look at the
 * code, the attempt and the use of verify/user are taken back. */
as_error_t as_otp_verify(as_call_t *call, const as_user_t *user, const as_codes_row_t *row,
                         const char *code);

#endif
