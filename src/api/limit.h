/* SPDX-License-Identifier: Apache-2.0 */
/* Rate limits of AuthSMSLimit, as endpoints use them. Keys (a folded name, an account id, a number,
 * a network) are stored as keyed digests. */
#ifndef AS_API_LIMIT_H
#define AS_API_LIMIT_H

#include "api/call.h"
#include "db/unit.h"
#include "server/limit_key.h"
#include "store/limits.h"

/* The note of a request (r->notes) with the name of the limit that refused it. */
#define AS_LIMIT_NOTE "authsms-limit"

/*
 * Counters beside the one that has the name of the limit login/user and folded names as keys. Each
 * has one kind of key, since keys of two kinds could be equal.
 */
#define AS_LIMIT_COUNTER_KNOWN_ADDRESS "login/user/network"     /* "NETWORK NAME" */
#define AS_LIMIT_COUNTER_OVERLONG_NAME "login/user/long"        /* overlong names as sent */
#define AS_LIMIT_COUNTER_REGISTERED_AGAIN "login/user/register" /* names registered again */

/*
 * Inside a write unit: count one use of a limit by a key. *wait: 0, or µs until the limit allows
 * another use; then the use is not counted, and the refusal is logged without the key. A limit
 * that is off counts nothing. Limits of addresses (login/ip, register/ip, sms/ip; key:
 * as_client_get_network) also count an IPv6 client by its /48, with ten times the count.
 */
apr_status_t as_limit_count_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                const char *key, apr_interval_time_t *wait);

/* The same in another counter, with the count and window of `limit`. */
apr_status_t as_limit_count_use_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                   const char *counter, const char *key, apr_interval_time_t *wait);

/* One use of a limit. */
typedef struct as_limit_use_t {
    as_limit_t limit;
    const char *counter; /* NULL: that of the limit itself */
    const char *key;
} as_limit_use_t;

/*
 * The same for one or two uses, in this order, up to the first that is
 * refused: *refused is its index (use_count: none), and *wait as above. One round trip.
 */
apr_status_t as_limit_count_uses(as_tx_t *tx, const as_call_t *call, const as_limit_use_t *uses,
                                 int use_count, int *refused, apr_interval_time_t *wait);

/* Inside a write unit: undo one use that as_limit_count_use counted in this request. */
apr_status_t as_limit_undo_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                               const char *key);

/* Inside a write unit: reset the count of a key to zero. */
apr_status_t as_limit_clear_count(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                  const char *key);
apr_status_t as_limit_clear_count_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                     const char *counter, const char *key);

/* Inside a write unit: as_limit_clear_count, then as_limit_count_use of `use`, in one round trip.
 */
apr_status_t as_limit_clear_and_count(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                      const char *key, const as_limit_use_t *use,
                                      apr_interval_time_t *wait);

/* The digest under which a key of a counter is stored: HMAC-SHA-256 in base64url. */
apr_status_t as_limit_hash_key(const as_call_t *call, const char *counter, const char *key,
                               const char **digest);

#endif
