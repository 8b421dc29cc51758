/* SPDX-License-Identifier: Apache-2.0 */
/* Expired rows are purged: codes, sessions, limits, pending accounts, addresses, challenges, texts.
 */
#ifndef AS_OPS_PURGE_H
#define AS_OPS_PURGE_H

#include "db/unit.h"

/*
 * Purge all tables of one database in short units of work, unless another server has the lease.
 * holder: the name of this server among those on the database; interval: until the next call (µs).
 * Ends early when stop() is true between two units, or after a few seconds.
 */
void as_purge_database(as_db_t *db, apr_pool_t *p, const char *holder, apr_interval_time_t interval,
                       int (*stop)(void));

#endif
