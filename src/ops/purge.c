/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/purge.h"

#include "base/clock.h"
#include "store/addresses.h"
#include "store/codes.h"
#include "store/jobs.h"
#include "store/limits.h"
#include "store/outbox.h"
#include "store/sessions.h"
#include "store/users.h"

/* A unit of so many rows takes a few milliseconds, for which other writers of SQLite wait. */
enum { ROWS = 200 };
#define TIME_MAX apr_time_from_sec(5)
/* What became of a text can be looked up for so long. */
#define TEXTS_KEPT apr_time_from_sec(7 * 86400)

typedef apr_status_t as_sweep_fn(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

typedef struct pass_t {
    as_db_t *db;
    apr_pool_t *pool; /* cleared after each unit */
    const char *holder;
    apr_interval_time_t lease;
    apr_time_t now;
    apr_time_t end;
    as_sweep_fn *sweep;
    int deleted; /* or expired */
    int held;
} pass_t;

static apr_status_t take_lease(as_tx_t *tx, void *baton)
{
    pass_t *pass = baton;

    return as_jobs_acquire_lease(tx, "sweep", pass->holder, pass->now, pass->lease, &pass->held);
}

static apr_status_t sweep_texts(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_outbox_purge(tx, now - TEXTS_KEPT, limit, deleted);
}

static apr_status_t sweep_some(as_tx_t *tx, void *baton)
{
    pass_t *pass = baton;

    return pass->sweep(tx, pass->now, ROWS, &pass->deleted);
}

static apr_status_t unit(pass_t *pass, as_db_work_fn *work)
{
    apr_status_t rv = as_db_write(pass->db, pass->pool, work, pass);

    apr_pool_clear(pass->pool);
    return rv;
}

void as_purge_database(as_db_t *db, apr_pool_t *p, const char *holder, apr_interval_time_t interval,
                       int (*stop)(void))
{
    static as_sweep_fn *const tables[] = {as_outbox_expire, as_limits_purge,   as_users_purge,
                                          as_codes_purge,   as_sessions_purge, as_addresses_purge,
                                          sweep_texts};
    pass_t pass = {
        .db = db,
        .holder = holder,
        /* Past the next call, so that the same server keeps it; not much, so that another one soon
         * has it when this one is gone. */
        .lease = interval + interval / 2 + TIME_MAX,
        .now = as_clock_now(),
        .end = as_clock_monotonic() + TIME_MAX,
    };
    apr_status_t rv = apr_pool_create(&pass.pool, p);

    if (rv != APR_SUCCESS) {
        return;
    }
    rv = unit(&pass, take_lease);
    for (apr_size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        pass.sweep = tables[i];
        pass.deleted = ROWS;
        while (rv == APR_SUCCESS && pass.held && pass.deleted == ROWS &&
               as_clock_monotonic() < pass.end && !stop()) {
            rv = unit(&pass, sweep_some);
        }
    }
    apr_pool_destroy(pass.pool);
}
