/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsms_outbox: one row for each text, from when it is to be sent until some days after. A row
 * that waits is claimed by whoever sends it; a claim that is not settled in time (its process died)
 * is over, and the row waits again.
 */
#ifndef AS_STORE_OUTBOX_H
#define AS_STORE_OUTBOX_H

#include "db/unit.h"

typedef enum as_outbox_state_t {
    AS_OUTBOX_QUEUED = 1,
    AS_OUTBOX_SENDING = 2, /* claimed, or being sent by the request that wrote it */
    AS_OUTBOX_SENT = 3,    /* the provider has it */
    AS_OUTBOX_DELIVERED = 4,
    AS_OUTBOX_FAILED = 5,
} as_outbox_state_t;

typedef struct as_outbox_text_t {
    const char *id; /* UUID */
    const char *user_id;
    const char *site;    /* whose senders carry it */
    const char *kind;    /* of AuthSMSTemplate */
    const char *code_id; /* the code in it; NULL: none */
    const char *mobile;  /* E.164 */
    const char *
        sealed; /* the text, as_seal_encrypt'ed with the row's id; NULL: not to be sent from here */
    int attempts;
    apr_time_t created_at;
    apr_time_t expires_at; /* after that it is not sent */
} as_outbox_text_t;

/* QUEUED: due at once. SENDING: the caller sends it; nobody else does. APR_ENOENT: no such account.
 */
apr_status_t as_outbox_insert(as_tx_t *tx, const as_outbox_text_t *text, as_outbox_state_t state);

/* Which texts wait. */
typedef struct as_outbox_times_t {
    apr_time_t now;        /* by the database's clock (as_jobs_read_clock) */
    apr_time_t claims_end; /* claims that ended by then are over, by the same clock; 0: none is */
    apr_time_t wall;       /* texts that expire by then do not wait any more (as_clock_now) */
} as_outbox_times_t;

/* How many texts of this site wait to be sent now (no more than `most`). */
apr_status_t as_outbox_count_due(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                                 int most, int *count);

/* Claim the one that waits the longest until `until` (the database's clock), under a name of the
 * caller's own. APR_ENOENT: none waits. */
apr_status_t as_outbox_claim(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                             apr_time_t until, const char *claim, as_outbox_text_t **text);

/* The claimed one is with the provider (`sender`'s id of it is ref), failed for good, or waits
 * until `due_at`. NULL claim: it was inserted as SENDING. Success too when the row is gone. */
apr_status_t as_outbox_mark_sent(as_tx_t *tx, const char *id, const char *claim, const char *sender,
                                 const char *ref, apr_time_t now);
apr_status_t as_outbox_mark_failed(as_tx_t *tx, const char *id, const char *claim,
                                   const char *error, apr_time_t now);
/* due_at: by the database's clock. */
apr_status_t as_outbox_schedule_retry(as_tx_t *tx, const char *id, const char *claim,
                                      apr_time_t due_at);

/* What still waits of this kind for this account is not sent any more: a newer text has taken its
 * place, or its code was used. */
apr_status_t as_outbox_cancel(as_tx_t *tx, const char *user_id, const char *kind, apr_time_t now);

/* A delivery receipt. */
typedef struct as_outbox_receipt_t {
    const char *sender;      /* who signed it */
    const char *id;          /* of the text's row; NULL: the receipt does not say */
    const char *ref;         /* the sender's reference of the text */
    as_outbox_state_t state; /* SENT, DELIVERED or FAILED */
    const char *error;       /* with FAILED: the sender's code; NULL: none */
} as_outbox_receipt_t;

/*
 * Record a receipt; an end state stays. A receipt may come before as_outbox_mark_sent: with an id
 * its text is found all the same. Without one APR_ENOENT: no text has this reference, but a text
 * being sent may get it soon (by the database's clock). Success also for receipts of unknown texts.
 */
apr_status_t as_outbox_record_receipt(as_tx_t *tx, const as_outbox_receipt_t *receipt,
                                      apr_time_t now);

/* Fail texts that expired by `now` (as_clock_now) and that no claim holds any more by the
 * database's clock: at most `limit`, *expired of them. */
apr_status_t as_outbox_expire(as_tx_t *tx, apr_time_t now, int limit, int *expired);

/* Delete rows made before `before`, the oldest first and at most `limit`: *deleted of them. */
apr_status_t as_outbox_purge(as_tx_t *tx, apr_time_t before, int limit, int *deleted);

#endif
