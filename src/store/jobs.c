/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobs.h"

#include "base/clock.h"
#include "store/row.h"

#define JOBS_CONTENT(FIRST, NEXT)                                                                  \
    FIRST(TEXT, holder)                                                                            \
    NEXT(TIME, until)
#define JOBS_ROW(FIRST, NEXT)                                                                      \
    FIRST(TEXT, name)                                                                              \
    JOBS_CONTENT(NEXT, NEXT)

typedef struct job_t {
    AS_ROW_MEMBERS(JOBS_ROW)
} job_t;

#define INSERT AS_ROW_INSERT("authsms_jobs AS j", JOBS_ROW)
#define REPLACE AS_ROW_REPLACE(JOBS_CONTENT)
static const as_stmt_t acquire_lease = {
    INSERT " ON CONFLICT (name) DO UPDATE SET " REPLACE
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
    const job_t *row = &(const job_t){name, holder, now + ttl};
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &acquire_lease, &rows, AS_ROW_PARAMETERS(JOBS_ROW), &now);

    *held = rv == APR_SUCCESS && rows != 0;
    return rv;
}
