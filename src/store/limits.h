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

/* Uncount one use that as_limits_add_hit allowed at `hit_at`, because it had no effect. A later
 * window is unchanged. */
apr_status_t as_limits_remove_hit(as_tx_t *tx, const char *name, const char *key, int count,
                                  apr_interval_time_t window, apr_time_t hit_at);

/* Delete the counter. */
apr_status_t as_limits_reset(as_tx_t *tx, const char *name, const char *key);

/* Delete ended windows, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_limits_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
