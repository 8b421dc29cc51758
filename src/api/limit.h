/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of AuthSMSLimit, as endpoints use them. */
#ifndef AS_API_LIMIT_H
#define AS_API_LIMIT_H

#include "api/call.h"
#include "db/unit.h"

/* Nobody's in particular (sms/total). */
#define AS_LIMIT_KEY_GLOBAL "*"

/*
 * Count one use of a limit by a key (a folded name, an account id, a number, a network; it is
 * stored as a keyed digest), inside a write unit. *wait: 0, or how long it is spent for (µs). A
 * limit that is off counts nothing. A spent limit is logged, without its key.
 */
apr_status_t as_limit_count_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                const char *key, apr_interval_time_t *wait);

/* Inside a write unit: take back one use that as_limit_count_use let through in this request. */
apr_status_t as_limit_undo_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                               const char *key);

/*
 * Counters of the rule of login/user beside that of its own name, whose keys are folded names. Each
 * has keys of one kind only: a key of one kind may read like one of another.
 */
#define AS_LIMIT_COUNTER_KNOWN_ADDRESS                                                             \
    "login/user/network"                                 /* "NETWORK NAME", networks lack blanks */
#define AS_LIMIT_COUNTER_OVERLONG_NAME "login/user/long" /* overlong names as sent */
#define AS_LIMIT_COUNTER_REGISTERED_AGAIN "login/user/register" /* names registered again */

/* The same as as_limit_count_use for one of these counters, within the count and window of `limit`.
 */
apr_status_t as_limit_count_use_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                   const char *counter, const char *key, apr_interval_time_t *wait);

/* How a key is stored: a keyed digest of it and of what it is for, in hex. */
apr_status_t as_limit_hash_key(const as_call_t *call, const char *name, const char *key,
                               const char **hex);

/* Forget the count. */
apr_status_t as_limit_clear_count(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                  const char *key);
apr_status_t as_limit_clear_count_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                     const char *counter, const char *key);

#endif
