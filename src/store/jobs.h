/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_jobs: leases, so that one of the servers on a database does a background job. */
#ifndef AS_STORE_JOBS_H
#define AS_STORE_JOBS_H

#include "db/unit.h"

/*
 * Read the clock that all servers on one database share: PostgreSQL's; for SQLite, whose processes
 * run on one host, the host's. *started: when PostgreSQL started; 0 for SQLite. µs since 1970.
 */
apr_status_t as_jobs_read_clock(as_tx_t *tx, apr_time_t *now, apr_time_t *started);

/*
 * Acquire or renew the lease of a job until `now + ttl`, unless another holder has it. `now` is
 * as_jobs_read_clock's where servers share the database. *held: 1 when `holder` has it. A lease
 * that ends later than a new one would (a clock was set back) is ignored.
 */
apr_status_t as_jobs_acquire_lease(as_tx_t *tx, const char *name, const char *holder,
                                   apr_time_t now, apr_interval_time_t ttl, int *held);

#endif
