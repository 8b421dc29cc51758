/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_limits: counters in fixed windows, exact across processes and servers. */
#ifndef AS_STORE_LIMITS_H
#define AS_STORE_LIMITS_H

#include "db/unit.h"

/*
 * Count one use of `name` (e.g. "login/user") by `key` (a keyed digest; never a name, number or
 * address in clear). A window starts with its first use. Uses above the limit neither extend it nor
 * count. *retry_after 0: within `count`; otherwise µs until the window ends. One atomic statement.
 */
apr_status_t as_limits_add_hit(as_tx_t *tx, const char *name, const char *key, int count,
                               apr_interval_time_t window, apr_time_t now,
                               apr_interval_time_t *retry_after);

/* One use, with the limit that it counts under. */
typedef struct as_limits_hit_t {
    const char *name;
    const char *key;
    int count;
    apr_interval_time_t window;
} as_limits_hit_t;

enum { AS_LIMITS_HITS_MAX = 3 };

/*
 * Count `hit_count` uses (1 to AS_LIMITS_HITS_MAX, of different counters) in this order, each as
 * as_limits_add_hit does, up to the first one above its limit: *refused is its index, and
 * *retry_after as above. Without one, *refused is hit_count. One round trip to PostgreSQL.
 */
apr_status_t as_limits_add_hits(as_tx_t *tx, const as_limits_hit_t *hits, int hit_count,
                                apr_time_t now, int *refused, apr_interval_time_t *retry_after);

/* Uncount one use that as_limits_add_hit allowed at `hit_at`, because it had no effect. A later
 * window is unchanged. */
apr_status_t as_limits_remove_hit(as_tx_t *tx, const char *name, const char *key, int count,
                                  apr_interval_time_t window, apr_time_t hit_at);

/* as_limits_reset of one counter, then as_limits_add_hit of another one, in one round trip. */
apr_status_t as_limits_reset_and_add_hit(as_tx_t *tx, const char *name, const char *key,
                                         const as_limits_hit_t *hit, apr_time_t now,
                                         apr_interval_time_t *retry_after);

/* Delete the counter. */
apr_status_t as_limits_reset(as_tx_t *tx, const char *name, const char *key);

/* Delete ended windows, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_limits_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
