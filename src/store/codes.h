/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_codes: at most one open code for each account and purpose; where a remote verifier has
 * the code, for each number. */
#ifndef AS_STORE_CODES_H
#define AS_STORE_CODES_H

#include "db/unit.h"
#include "store/row.h"

typedef enum as_purpose_t {
    AS_PURPOSE_REGISTER = 1,
    AS_PURPOSE_LOGIN = 2,
    AS_PURPOSE_RESET = 3,
    AS_PURPOSE_MOBILE = 4,
    AS_PURPOSE_CONFIRM = 5,
} as_purpose_t;

#define AS_ROW_TYPE_PURPOSE as_purpose_t
#define AS_ROW_FORMAT_PURPOSE "%d"
#define AS_ROW_BIND_PURPOSE(member) as_row_bind_int(&(const int){(int)(member)})
#define AS_ROW_READ_PURPOSE(rows, row, column) (as_purpose_t) as_rows_int(rows, row, column)

/* AS_CODES_CONTENT: all but the key, which is the account and the purpose. */
#define AS_CODES_CONTENT(FIRST, NEXT)                                                              \
    FIRST(TEXT, id)        /* UUID, new for each code */                                           \
    NEXT(TEXT, mobile)     /* E.164: the number it was sent to */                                  \
    NEXT(TEXT, digest)     /* as_code_digest; NULL: a remote verifier has the code */              \
    NEXT(TEXT, ref)        /* the remote verifier's id of this verification; NULL: none */         \
    NEXT(INT, attempts)    /* so far */                                                            \
    NEXT(TIME, created_at) /* and sent; 0 after a failed delivery */                               \
    NEXT(TIME, expires_at)                                                                         \
    /* MOBILE: the number that replaces the account's; otherwise NULL */                           \
    NEXT(TEXT, mobile_given) /* as typed */                                                        \
    NEXT(TEXT, country)      /* calling code; "": unknown */                                       \
    NEXT(TEXT, remote_id)    /* the verifier's id of the person with it; NULL: none */             \
    NEXT(TEXT, network)      /* digest of the client's network, for AuthSMSFraudGuard; NULL: none */
#define AS_CODES_ROW(FIRST, NEXT)                                                                  \
    AS_CODES_CONTENT(FIRST, NEXT)                                                                  \
    NEXT(TEXT, user_id)                                                                            \
    NEXT(PURPOSE, purpose)

typedef struct as_codes_row_t {
    AS_ROW_MEMBERS(AS_CODES_ROW)
} as_codes_row_t;

/*
 * Replace the older code of the account and purpose, which is invalid from then on. With `resend` >
 * 0 only if the older one was created that long ago (or its delivery failed): otherwise APR_EEXIST,
 * and *wait is the remaining time (µs). APR_ENOENT: no such account.
 */
apr_status_t as_codes_replace(as_tx_t *tx, const as_codes_row_t *code, apr_interval_time_t resend,
                              apr_interval_time_t *wait);

/* The code of an account and purpose, which may have expired; *code NULL: none. */
apr_status_t as_codes_find(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                           as_codes_row_t **code);

/* Lock a number until the end of the unit, against this call of other units. For units that call
 * as_codes_expire_others, before they change an account or a code. */
apr_status_t as_codes_lock_number(as_tx_t *tx, const char *mobile);

/* Before a remote verifier, which identifies people by their numbers, makes this code: expire its
 * other open codes for the number, of all accounts and purposes. */
apr_status_t as_codes_expire_others(as_tx_t *tx, const as_codes_row_t *code);

/* Its delivery failed: the resend wait does not apply. The code stays valid until it expires.
 * APR_SUCCESS also if a newer code has replaced it. */
apr_status_t as_codes_mark_unsent(as_tx_t *tx, const char *id);

/* Store the remote verifier's id of the verification, or of the person (MOBILE). APR_ENOENT: no
 * such code. */
apr_status_t as_codes_set_ref(as_tx_t *tx, const char *id, const char *ref);
apr_status_t as_codes_set_remote_id(as_tx_t *tx, const char *id, const char *remote_id);

typedef enum as_codes_attempt_t {
    AS_ATTEMPT_COUNTED, /* compare the code now */
    AS_ATTEMPT_NO_CODE, /* no code is open */
    AS_ATTEMPT_EXPIRED,
    AS_ATTEMPT_EXHAUSTED, /* no attempts are left */
} as_codes_attempt_t;

/* Count one attempt, atomically, before the code is compared. *code is set with COUNTED. */
apr_status_t as_codes_count_attempt(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                                    int attempts, apr_time_t now, as_codes_attempt_t *outcome,
                                    as_codes_row_t **code);

/* The same without the reason of a failure, in one statement for all outcomes: *code NULL if no
 * code is open or no attempts are left. */
apr_status_t as_codes_take_attempt(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                                   int attempts, apr_time_t now, as_codes_row_t **code);

/* Uncount one attempt whose code was not compared. APR_SUCCESS also without such a code. */
apr_status_t as_codes_refund_attempt(as_tx_t *tx, const char *id);

/* Delete a correct code, so that it works once. APR_ENOENT: another request used it, or a newer
 * code has replaced it. */
#define AS_CODES_CONSUME "DELETE FROM authsms_codes WHERE id = %s"
apr_status_t as_codes_consume(as_tx_t *tx, const char *id);

/* Delete the codes of an account, of every purpose. */
apr_status_t as_codes_delete_all(as_tx_t *tx, const char *user_id);

/* Delete expired codes, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_codes_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
