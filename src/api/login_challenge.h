/* SPDX-License-Identifier: Apache-2.0 */
/* A login that needs a further proof: its challenge, as a string for the client and as a row. */
#ifndef AS_API_LOGIN_CHALLENGE_H
#define AS_API_LOGIN_CHALLENGE_H

#include "api/call.h"
#include "api/otp.h"
#include "db/unit.h"
#include "store/challenges.h"
#include "store/users.h"

/* Read the member `challenge`: *id is that of its row, which may not exist. AS_OK, BAD_REQUEST,
 * MISSING_CHALLENGE or UNKNOWN_CHALLENGE. */
as_error_t as_login_challenge_read(const as_call_t *call, const char **id);

/* Make the key by which a challenge is found again: of a first login by SMS, or after a password.
 * who: an account id, or a name. APR_EGENERAL: OpenSSL failed. */
apr_status_t as_login_challenge_make_subject(const as_call_t *call, const char *kind,
                                             const char *who, const char **subject);

/* 202 with a challenge. retry_after (µs): until another text can be sent; 0: none was sent. AS_OK
 * or UNAVAILABLE. */
as_error_t as_login_challenge_reply(as_call_t *call, const char *id, int methods,
                                    apr_interval_time_t retry_after);

/* A new challenge after a first proof. */
typedef struct as_login_challenge_t {
    const as_user_t *user;
    int methods;    /* as_second_factor_find_methods */
    int is_texting; /* SMS is the only method: a code is sent at once */
    int is_waiting; /* the resend wait of an older code has not passed: nothing is sent */
    as_challenge_t row;
    as_otp_t otp;
    apr_interval_time_t retry_after; /* with APR_EBUSY */
} as_login_challenge_t;

/*
 * Outside of any unit: make the challenge of an account that gave these proofs (amr). AS_OK,
 * SECOND_FACTOR_REQUIRED (the account has no other method), SMS_FAILED (its number may not be
 * texted) or UNAVAILABLE.
 */
as_error_t as_login_challenge_create(as_call_t *call, const as_user_t *user, const char *amr,
                                     as_login_challenge_t *challenge);

/* Inside the write unit, before it touches an account. APR_EBUSY: sms/login forbids the text. */
apr_status_t as_login_challenge_reserve(as_tx_t *tx, const as_call_t *call,
                                        as_login_challenge_t *challenge);

/* Later in the same unit, when it has locked the account's row. APR_EBUSY with is_waiting: the unit
 * must be rolled back; the older challenge is open. APR_ENOENT: no such account. */
apr_status_t as_login_challenge_store(as_tx_t *tx, const as_call_t *call,
                                      as_login_challenge_t *challenge);

/* After the commit, or after APR_EBUSY: send the text, or find the open challenge, and reply with
 * 202. AS_OK, RATE_LIMITED, SMS_FAILED or UNAVAILABLE. */
as_error_t as_login_challenge_finish(as_call_t *call, as_login_challenge_t *challenge);

#endif
