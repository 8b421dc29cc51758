/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_jobs: which of the servers on one database does a background job. */
#ifndef AS_STORE_JOBS_H
#define AS_STORE_JOBS_H

#include "db/unit.h"

/*
 * The clock that all servers on one database share: PostgreSQL's own; of SQLite, whose processes
 * are on one host, the host's. *started: when the server was started; 0 for SQLite. µs since 1970.
 */
apr_status_t as_jobs_read_clock(as_tx_t *tx, apr_time_t *now, apr_time_t *started);

/*
 * Take or keep a job until `now + ttl`, unless another holder has it still. `now` is
 * as_jobs_read_clock's where servers share the database. *held: 1 when it is `holder`'s. A lease
 * that ends further ahead than a new one would (a clock was set back) does not count.
 */
apr_status_t as_jobs_acquire_lease(as_tx_t *tx, const char *name, const char *holder,
                                   apr_time_t now, apr_interval_time_t ttl, int *held);

#endif
