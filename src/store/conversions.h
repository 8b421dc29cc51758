/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsms_conversions: how many of the codes sent were entered, for AuthSMSFraudGuard. Counted per
 * key ("country", "+44" or "network", a keyed digest) and slot of ten minutes: both counts belong
 * to the slot in which the code was sent. Times are µs since 1970.
 */
#ifndef AS_STORE_CONVERSIONS_H
#define AS_STORE_CONVERSIONS_H

#include "db/unit.h"

typedef enum as_conversions_event_t {
    AS_CONVERSIONS_SENT,
    AS_CONVERSIONS_UNSENT, /* its delivery failed */
    AS_CONVERSIONS_ENTERED,
} as_conversions_event_t;

/* Count what happened to a code that was sent at `sent_at`. */
apr_status_t as_conversions_count(as_tx_t *tx, const char *name, const char *key,
                                  apr_time_t sent_at, as_conversions_event_t event);

/*
 * The sums over the slots that begin at `from` or later and end at `until` or earlier. *oldest: the
 * beginning of the first of them that has a code (0: none).
 */
apr_status_t as_conversions_sum(as_tx_t *tx, const char *name, const char *key, apr_time_t from,
                                apr_time_t until, int *sent, int *entered, apr_time_t *oldest);

/* Delete slots that began before `now`, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_conversions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
