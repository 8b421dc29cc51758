/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes of every purpose: creating, sending and checking them, made by this module
 * (AuthSMSVerifier local) or by a remote verifier. */
#ifndef AS_API_OTP_H
#define AS_API_OTP_H

#include "api/call.h"
#include "api/message.h"
#include "store/codes.h"
#include "store/users.h"

typedef struct as_otp_t {
    const as_user_t *user;
    as_purpose_t purpose;
    const char *id;                  /* of the code's row */
    as_codes_row_t row;              /* as as_otp_store has stored it */
    const char *code;                /* NULL: a remote verifier makes it */
    as_message_t message;            /* if this module makes the code */
    int is_test_number;              /* AuthSMSTestNumber: no text is sent */
    apr_interval_time_t retry_after; /* not 0: a limit forbids a text for this long */
} as_otp_t;

/* Make a new code, outside of any unit of work. AS_OK, SMS_FAILED (the account has no number that
 * may be texted) or UNAVAILABLE. */
as_error_t as_otp_create(as_call_t *call, const as_user_t *user, as_purpose_t purpose,
                         as_otp_t *otp);

/*
 * Inside a write unit, before it touches an account: count the text under sms/number, or under
 * sms/login if it follows a correct password (LOGIN, MOBILE, CONFIRM). With a remote verifier,
 * units for the same number wait here for each other. APR_EBUSY: the limit forbids the
 * text until otp->retry_after, and the unit must be rolled back.
 */
apr_status_t as_otp_reserve(as_tx_t *tx, const as_call_t *call, as_otp_t *otp);

/*
 * Later in the same unit, when it has locked the account's row (inserted, updated, or
 * as_users_prevent_deletion): replace the older code, and count the text under sms/ip and
 * sms/total, unless it counts under sms/login. APR_EBUSY: a limit or the resend wait forbids the
 * text until otp->retry_after, and the unit must be rolled back.
 */
apr_status_t as_otp_store(as_tx_t *tx, const as_call_t *call, as_otp_t *otp);

/* After the commit: send the code. AS_OK, SMS_FAILED, RATE_LIMITED (by the provider) or
 * UNAVAILABLE. After a failure the client may request the code again at once. */
as_error_t as_otp_send(as_call_t *call, const as_otp_t *otp);

/* The key of the limit verify/user: guesses are counted per account and purpose, so that guesses at
 * a reset do not lock a login. id: of the account; RESET: the folded name as sent, whether or not
 * an account has it. */
const char *as_otp_make_attempt_key(apr_pool_t *p, as_purpose_t purpose, const char *id);

/*
 * Check a code, outside of any unit; its attempt has been counted in `row`. AS_OK, INVALID_CODE,
 * CODE_EXPIRED, TOO_MANY_ATTEMPTS, SMS_FAILED (the remote verifier is unreachable), RATE_LIMITED
 * (by the verifier) or UNAVAILABLE. If the verifier certainly did not check the code, the attempt
 * and the use of verify/user are undone.
 */
as_error_t as_otp_verify(as_call_t *call, const as_user_t *user, const as_codes_row_t *row,
                         const char *code);

/* The work and the time of as_otp_verify for a wrong code, where none is open. */
void as_otp_verify_none(const as_call_t *call, const char *code);

#endif
