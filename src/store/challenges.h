/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsms_challenges: logins that wait for a further proof. A row without an account behaves like
 * one with an account whose code is never entered correctly.
 */
#ifndef AS_STORE_CHALLENGES_H
#define AS_STORE_CHALLENGES_H

#include "db/unit.h"
#include "store/outbox.h"
#include "store/row.h"

/* AS_CHALLENGES_CONTENT: all but the keys. */
#define AS_CHALLENGES_CONTENT(FIRST, NEXT)                                                         \
    FIRST(TEXT, user_id)   /* NULL: no account */                                                  \
    NEXT(TEXT, site)       /* whose senders send its text */                                       \
    NEXT(TEXT, amr)        /* proofs so far (RFC 8176), separated by blanks */                     \
    NEXT(TEXT, code_id)    /* UUID of its own code; NULL: the code is in authsms_codes, if any */  \
    NEXT(TEXT, digest)     /* as_code_digest of code_id; NULL likewise */                          \
    NEXT(TEXT, mobile)     /* E.164, where its own code goes; "": nowhere */                       \
    NEXT(TEXT, text)       /* encrypted (as_seal_encrypt) with code_id; NULL: queued, or none */   \
    NEXT(INT, attempts)    /* at its own code */                                                   \
    NEXT(TIME, created_at) /* with these proofs */                                                 \
    NEXT(TIME, sent_at)    /* of the last text; 0: none */                                         \
    NEXT(TIME, expires_at)
#define AS_CHALLENGES_ROW(FIRST, NEXT)                                                             \
    AS_CHALLENGES_CONTENT(FIRST, NEXT)                                                             \
    NEXT(TEXT, id)      /* UUID */                                                                 \
    NEXT(TEXT, subject) /* keyed digest of who asked; unique. NULL: it is never repeated */

typedef struct as_challenge_t {
    AS_ROW_MEMBERS(AS_CHALLENGES_ROW)
} as_challenge_t;

/* APR_ENOENT: no such account. APR_EEXIST: the subject has a challenge. */
apr_status_t as_challenges_insert(as_tx_t *tx, const as_challenge_t *challenge);

/*
 * Replace the challenge of its subject, or insert it; the older one keeps its id. With `resend` > 0
 * only if the older one's text was sent that long ago, or it expired: otherwise APR_EEXIST.
 * APR_ENOENT: no such account.
 */
apr_status_t as_challenges_replace(as_tx_t *tx, const as_challenge_t *challenge,
                                   apr_interval_time_t resend);

/* APR_ENOENT: none. Expired ones are found too. */
apr_status_t as_challenges_find(as_tx_t *tx, const char *id, as_challenge_t **challenge);
apr_status_t as_challenges_find_by_subject(as_tx_t *tx, const char *subject,
                                           as_challenge_t **challenge);

/* A text was sent: the challenge lives as long as the code in it. APR_ENOENT: no such challenge. */
apr_status_t as_challenges_extend(as_tx_t *tx, const char *id, apr_time_t sent_at,
                                  apr_time_t expires_at);

/* Count one attempt at the own code of a challenge, atomically, before it is compared. *counted: 0:
 * no attempt is left, or the challenge or its code has changed. */
apr_status_t as_challenges_count_attempt(as_tx_t *tx, const as_challenge_t *challenge, int attempts,
                                         apr_time_t now, int *counted);

/* Delete a challenge that has been met, so that it works once. APR_ENOENT: another request did, or
 * its own code has changed. */
apr_status_t as_challenges_consume(as_tx_t *tx, const as_challenge_t *challenge);

/* Delete the challenges of an account, whose number or password changes. */
apr_status_t as_challenges_delete_all(as_tx_t *tx, const char *user_id);

/* Find one challenge of a site whose text waits to be queued. APR_ENOENT: none. */
apr_status_t as_challenges_find_text(as_tx_t *tx, const char *site, as_challenge_t **challenge);

/* Move its text to the outbox, if it goes to a number, when the account's row has been locked.
 * APR_SUCCESS also if another server moved it. */
apr_status_t as_challenges_queue_text(as_tx_t *tx, const as_challenge_t *challenge,
                                      const char *kind);

/* Delete expired challenges, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_challenges_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
