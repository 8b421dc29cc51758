/* SPDX-License-Identifier: Apache-2.0 */
/* What is over is removed: codes, sessions, windows of limits, pending accounts, addresses,
 * texts. */
#ifndef AS_OPS_PURGE_H
#define AS_OPS_PURGE_H

#include "db/unit.h"

/*
 * Sweep all tables of one database in short units of work, if no other server does it just now.
 * holder: this process, as the other servers know it; interval: how long until this is called again
 * (µs). Ends early when stop() is true between two units, or after a few seconds.
 */
void as_purge_database(as_db_t *db, apr_pool_t *p, const char *holder, apr_interval_time_t interval,
                       int (*stop)(void));

#endif
