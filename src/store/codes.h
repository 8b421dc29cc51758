/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_codes: at most one open code for each account and purpose; of a remote verifier's, for
 * each number. */
#ifndef AS_STORE_CODES_H
#define AS_STORE_CODES_H

#include "db/unit.h"

typedef enum as_purpose_t {
    AS_PURPOSE_REGISTER = 1,
    AS_PURPOSE_LOGIN = 2,
    AS_PURPOSE_RESET = 3,
    AS_PURPOSE_MOBILE = 4,
} as_purpose_t;

typedef struct as_codes_row_t {
    const char *id; /* UUID, new for each code */
    const char *user_id;
    as_purpose_t purpose;
    const char *mobile;    /* E.164: where it was sent */
    const char *digest;    /* as_code_digest; NULL where a remote verifier has the code */
    const char *ref;       /* the remote verifier's id of this verification; NULL: none */
    int attempts;          /* tries so far */
    apr_time_t created_at; /* also: when it was sent; 0 after a failed sending */
    apr_time_t expires_at;
} as_codes_row_t;

/*
 * Put a new code in the place of the older one, which is dead from then on. With `resend` > 0 only
 * if the older one was created that long ago (or its sending failed): else APR_EEXIST and *wait is
 * how long it still takes (µs). APR_ENOENT: no such account.
 */
apr_status_t as_codes_replace(as_tx_t *tx, const as_codes_row_t *code, apr_interval_time_t resend,
                              apr_interval_time_t *wait);

/* Until the end of the unit, no other unit gets past this call for the same number. For units that
 * call as_codes_expire_others: before they touch an account or a code. */
apr_status_t as_codes_lock_number(as_tx_t *tx, const char *mobile);

/* A remote verifier, which knows people by their numbers, is to make this code: its other open
 * codes for the number, of all accounts and purposes, expire now. */
apr_status_t as_codes_expire_others(as_tx_t *tx, const as_codes_row_t *code);

/* Its sending failed: the resend wait does not hold for it. The code itself stays good until it
 * expires. Success also when a newer code has taken its place. */
apr_status_t as_codes_mark_unsent(as_tx_t *tx, const char *id);

/* Keep the remote verifier's id of the verification. APR_ENOENT: the code is gone. */
apr_status_t as_codes_set_ref(as_tx_t *tx, const char *id, const char *ref);

typedef enum as_codes_attempt_t {
    AS_ATTEMPT_COUNTED, /* one attempt is counted: compare now */
    AS_ATTEMPT_NO_CODE, /* no code is open */
    AS_ATTEMPT_EXPIRED,
    AS_ATTEMPT_EXHAUSTED, /* its attempts are used up */
} as_codes_attempt_t;

/* Count one attempt, atomically, before the code is looked at. *code is filled with COUNTED. */
apr_status_t as_codes_count_attempt(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                                    int attempts, apr_time_t now, as_codes_attempt_t *outcome,
                                    as_codes_row_t **code);

/* Take back one attempt: the code was not looked at. Success too when the code is gone. */
apr_status_t as_codes_refund_attempt(as_tx_t *tx, const char *id);

/* Spend a right code, once: APR_ENOENT when it is gone (another request was first, or a newer
 * code). */
apr_status_t as_codes_consume(as_tx_t *tx, const char *id);

/* Delete expired codes, the oldest first and at most `limit`: *deleted of them. For background
 * jobs. */
apr_status_t as_codes_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
