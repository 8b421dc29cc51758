/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsms_outbox: one row for each text, from before it is sent until some days after. A sender
 * thread claims a waiting row. A claim that is not finished in time (its process died) expires, and
 * the row waits again.
 */
#ifndef AS_STORE_OUTBOX_H
#define AS_STORE_OUTBOX_H

#include <apr_tables.h>

#include "db/unit.h"
#include "store/row.h"

typedef enum as_outbox_state_t {
    AS_OUTBOX_QUEUED = 1,
    AS_OUTBOX_SENDING = 2, /* claimed, or being sent by the request that inserted it */
    AS_OUTBOX_SENT = 3,    /* accepted by the provider */
    AS_OUTBOX_DELIVERED = 4,
    AS_OUTBOX_FAILED = 5,
} as_outbox_state_t;

#define AS_OUTBOX_ROW(FIRST, NEXT)                                                                 \
    FIRST(TEXT, id) /* UUID */                                                                     \
    NEXT(TEXT, user_id)                                                                            \
    NEXT(TEXT, site)    /* whose senders send it */                                                \
    NEXT(TEXT, kind)    /* of AuthSMSTemplate */                                                   \
    NEXT(TEXT, code_id) /* the code in it; NULL: none */                                           \
    NEXT(TEXT, mobile)  /* E.164 */                                                                \
    NEXT(TEXT, body) /* encrypted (as_seal_encrypt) with the id; NULL: sent directly, or done */   \
    NEXT(INT, attempts) /* send attempts */                                                        \
    NEXT(TIME, created_at)                                                                         \
    NEXT(TIME, expires_at) /* it is not sent later */

typedef struct as_outbox_text_t {
    AS_ROW_MEMBERS(AS_OUTBOX_ROW)
} as_outbox_text_t;

/* QUEUED: due now. SENDING: the caller sends it, and nothing else does. APR_ENOENT: no such
 * account.
 */
apr_status_t as_outbox_insert(as_tx_t *tx, const as_outbox_text_t *text, as_outbox_state_t state);

/* The times that decide which texts are due. */
typedef struct as_outbox_times_t {
    apr_time_t now; /* of the database (as_jobs_read_clock) */
    /* Claims that end at or before it have expired (the same clock); 0: none. */
    apr_time_t expired_before;
    /* Wall clock (as_clock_now). Texts that expire at or before it are not sent. */
    apr_time_t wall_now;
} as_outbox_times_t;

/* Count the texts of a site that are due, up to `most`. */
apr_status_t as_outbox_count_due(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                                 int most, int *count);

/* Count the queued texts of all sites, due or not, up to `most`. */
apr_status_t as_outbox_count_queued(as_tx_t *tx, int most, int *count);

/* Claim the text that was due first. The claim ends at `until` (the database's clock); the caller
 * chooses its name. APR_ENOENT: no text is due. */
apr_status_t as_outbox_claim(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                             apr_time_t until, const char *claim, as_outbox_text_t **text);

/* Finish a claim: sent (ref: the provider's message id), failed, or retry at due_at (the database's
 * clock). claim NULL: the text was inserted as SENDING. APR_SUCCESS also without such a row. */
apr_status_t as_outbox_mark_sent(as_tx_t *tx, const char *id, const char *claim, const char *sender,
                                 const char *ref, apr_time_t now);
apr_status_t as_outbox_mark_failed(as_tx_t *tx, const char *id, const char *claim,
                                   const char *error, apr_time_t now);
apr_status_t as_outbox_schedule_retry(as_tx_t *tx, const char *id, const char *claim,
                                      apr_time_t due_at);

/* Cancel the queued texts of a kind for an account: a newer text replaces them, or the code was
 * used. */
#define AS_OUTBOX_CANCEL                                                                           \
    "UPDATE authsms_outbox SET state = 5, body = NULL, error = 'superseded', updated_at = %lld"    \
    " WHERE user_id = %s AND kind = %s AND state <= 2 AND body IS NOT NULL"
apr_status_t as_outbox_cancel(as_tx_t *tx, const char *user_id, const char *kind, apr_time_t now);

/* The same for every kind that has a code: the account's codes are void. */
apr_status_t as_outbox_cancel_codes(as_tx_t *tx, const char *user_id, apr_time_t now);

/* What is stored about a text, without its body. */
#define AS_OUTBOX_STATUS_ROW(FIRST, NEXT)                                                          \
    FIRST(TEXT, kind)                                                                              \
    NEXT(TEXT, mobile) /* E.164 */                                                                 \
    NEXT(INT, state)   /* as_outbox_state_t */                                                     \
    NEXT(TEXT, sender) /* NULL: unknown */                                                         \
    NEXT(TEXT, error)  /* NULL: none */                                                            \
    NEXT(TIME, created_at)                                                                         \
    NEXT(TIME, updated_at)

typedef struct as_outbox_status_t {
    AS_ROW_MEMBERS(AS_OUTBOX_STATUS_ROW)
} as_outbox_status_t;

/* The name of a state: "queued", "sending", "sent", "delivered" or "failed". NULL: a state of a
 * later version. */
const char *as_outbox_state_name(as_outbox_state_t state);

/* All texts to an account (as_outbox_status_t *), the newest first. */
apr_status_t as_outbox_list(as_tx_t *tx, const char *user_id, apr_array_header_t **texts);

/* A delivery receipt. */
typedef struct as_outbox_receipt_t {
    const char *sender;      /* the provider that signed it */
    const char *id;          /* of the text's row; NULL: not in the receipt */
    const char *ref;         /* the provider's message id */
    as_outbox_state_t state; /* SENT, DELIVERED or FAILED */
    const char *error;       /* with FAILED: the provider's code; NULL: none */
} as_outbox_receipt_t;

/*
 * Record a receipt; a final state is not changed. A receipt may come before as_outbox_mark_sent:
 * with an id its text is found nevertheless. Without an id, APR_ENOENT: no text has this reference,
 * but one that is being sent (by the database's clock) may get it soon. APR_SUCCESS also for
 * unknown texts.
 */
apr_status_t as_outbox_record_receipt(as_tx_t *tx, const as_outbox_receipt_t *receipt,
                                      apr_time_t now);

/* Fail at most `limit` texts that expired by `now` (as_clock_now) and have no current claim (the
 * database's clock). *expired: their number. */
apr_status_t as_outbox_expire(as_tx_t *tx, apr_time_t now, int limit, int *expired);

/* Delete rows created before `before`, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_outbox_purge(as_tx_t *tx, apr_time_t before, int limit, int *deleted);

#endif
