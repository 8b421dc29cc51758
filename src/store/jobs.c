/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobs.h"

#include "base/clock.h"
#include "store/row.h"

static const as_stmt_t lease = {
    "INSERT INTO authsms_jobs AS j (name, holder, until) VALUES (%s, %s, %lld)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE j.holder = excluded.holder OR j.until <= CAST(%lld AS BIGINT)"
    " OR j.until > excluded.until",
    NULL};

static const as_stmt_t read_clock = {
    NULL, "SELECT " AS_CLOCK_PGSQL ","
          " CAST(1000000 * EXTRACT(EPOCH FROM pg_postmaster_start_time()) AS BIGINT)"};

apr_status_t as_jobs_read_clock(as_tx_t *tx, apr_time_t *now, apr_time_t *started)
{
    as_rows_t *rows;
    apr_status_t rv;

    *now = as_clock_now();
    *started = 0;
    if (!as_tx_is_pgsql(tx)) {
        return APR_SUCCESS;
    }
    rv = as_stmt_query(tx, &read_clock, &rows);
    if (rv == APR_SUCCESS) {
        *now = as_rows_int(rows, 0, 0);
        *started = as_rows_int(rows, 0, 1);
    }
    return rv;
}

apr_status_t as_jobs_acquire_lease(as_tx_t *tx, const char *name, const char *holder,
                                   apr_time_t now, apr_interval_time_t ttl, int *held)
{
    apr_time_t until = now + ttl;
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &lease, &rows, name, holder, &until, &now);

    *held = rv == APR_SUCCESS && rows != 0;
    return rv;
}
