/* SPDX-License-Identifier: Apache-2.0 */
#include "store/jobs.h"

static const as_stmt_t lease = {
    "INSERT INTO authsms_jobs AS j (name, holder, until) VALUES (%s, %s, %lld)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
    " WHERE j.holder = excluded.holder OR j.until <= CAST(%lld AS BIGINT)"
    " OR j.until > excluded.until",
    NULL};

apr_status_t as_jobs_lease(as_tx_t *tx, const char *name, const char *holder, apr_time_t now,
                           apr_interval_time_t ttl, int *held)
{
    apr_time_t until = now + ttl;
    int rows = 0;
    apr_status_t rv = as_tx_exec(tx, &lease, &rows, name, holder, &until, &now);

    *held = rv == APR_SUCCESS && rows != 0;
    return rv;
}
