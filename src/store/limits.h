/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_limits: counters in fixed windows, right across processes and servers. */
#ifndef AS_STORE_LIMITS_H
#define AS_STORE_LIMITS_H

#include "db/unit.h"

/*
 * Count one use of `name` (e.g. "login/user") by `key` (a keyed digest; never a name, number or
 * address in clear). A window starts with its first use; uses beyond the limit neither lengthen it
 * nor are counted. *retry_after 0: within `count`; else the µs until the window ends. One atomic
 * statement.
 */
apr_status_t as_limits_add_hit(as_tx_t *tx, const char *name, const char *key, int count,
                               apr_interval_time_t window, apr_time_t now,
                               apr_interval_time_t *retry_after);

/* Take back one use that as_limits_add_hit let through at `hit_at`: what it counted did not happen.
 * A later window is left as it is. */
apr_status_t as_limits_remove_hit(as_tx_t *tx, const char *name, const char *key, int count,
                                  apr_interval_time_t window, apr_time_t hit_at);

/* Forget the count. */
apr_status_t as_limits_reset(as_tx_t *tx, const char *name, const char *key);

/* Delete ended windows, the oldest first and at most `limit`: *deleted of them. For background
 * jobs. */
apr_status_t as_limits_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
