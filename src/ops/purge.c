/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/purge.h"

#include "base/clock.h"
#include "store/expired.h"
#include "store/jobs.h"

/* Per unit of work: a few milliseconds, for which other writers of SQLite wait. */
enum { ROWS_MAX = 200 };
/* As the tables have it since version 2. */
#define LEASE_NAME "sweep"
#define TIME_MAX apr_time_from_sec(5)

typedef struct pass_t {
    as_db_t *db;
    apr_pool_t *pool; /* cleared after each unit */
    const char *holder;
    apr_interval_time_t lease;
    apr_time_t now; /* the host's, as the times in the rows */
    apr_time_t end;
    as_expired_purge_fn *purge_table;
    int deleted; /* or expired */
    int is_held;
} pass_t;

static apr_status_t acquire_lease(as_tx_t *tx, void *baton)
{
    pass_t *pass = baton;
    apr_time_t now, started;
    apr_status_t rv = as_jobs_read_clock(tx, &now, &started);

    return rv == APR_SUCCESS ? as_jobs_acquire_lease(tx, LEASE_NAME, pass->holder, now, pass->lease,
                                                     &pass->is_held)
                             : rv;
}

static apr_status_t purge_rows(as_tx_t *tx, void *baton)
{
    pass_t *pass = baton;

    return pass->purge_table(tx, pass->now, ROWS_MAX, &pass->deleted);
}

static apr_status_t run_unit(pass_t *pass, as_db_work_fn *work)
{
    apr_status_t rv = as_db_write(pass->db, pass->pool, work, pass);

    apr_pool_clear(pass->pool);
    return rv;
}

void as_purge_database(as_db_t *db, apr_pool_t *p, const char *holder, apr_interval_time_t interval,
                       int (*stop)(void))
{
    pass_t pass = {
        .db = db,
        .holder = holder,
        /* Past the next call, so that this server keeps it; not by much, so that another one takes
         * over soon when this one stops. */
        .lease = interval + interval / 2 + TIME_MAX,
        .now = as_clock_now(),
        .end = as_clock_monotonic() + TIME_MAX,
    };
    apr_status_t rv = apr_pool_create(&pass.pool, p);

    if (rv != APR_SUCCESS) {
        return;
    }
    rv = run_unit(&pass, acquire_lease);
    for (int i = 0; as_expired_tables[i]; i++) {
        pass.purge_table = as_expired_tables[i];
        pass.deleted = ROWS_MAX;
        while (rv == APR_SUCCESS && pass.is_held && pass.deleted == ROWS_MAX &&
               as_clock_monotonic() < pass.end && !stop()) {
            rv = run_unit(&pass, purge_rows);
        }
    }
    apr_pool_destroy(pass.pool);
}
