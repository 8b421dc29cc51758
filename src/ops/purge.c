/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/purge.h"

#include "base/clock.h"
#include "store/addresses.h"
#include "store/challenges.h"
#include "store/codes.h"
#include "store/invitations.h"
#include "store/jobs.h"
#include "store/limits.h"
#include "store/outbox.h"
#include "store/sessions.h"
#include "store/users.h"

/* Per unit of work: a few milliseconds, for which other writers of SQLite wait. */
enum { ROWS_MAX = 200 };
/* As the tables have it since version 2. */
#define LEASE_NAME "sweep"
#define TIME_MAX apr_time_from_sec(5)
/* How long the state of a text is kept. */
#define TEXTS_KEPT apr_time_from_sec(7 * 86400)

typedef apr_status_t purge_fn(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

typedef struct pass_t {
    as_db_t *db;
    apr_pool_t *pool; /* cleared after each unit */
    const char *holder;
    apr_interval_time_t lease;
    apr_time_t now; /* the host's, as the times in the rows */
    apr_time_t end;
    purge_fn *purge_table;
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

static apr_status_t purge_texts(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_outbox_purge(tx, now - TEXTS_KEPT, limit, deleted);
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
    static purge_fn *const tables[] = {
        as_outbox_expire,    as_limits_purge,      as_users_purge,
        as_codes_purge,      as_sessions_purge,    as_addresses_purge,
        as_challenges_purge, as_invitations_purge, purge_texts};
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
    for (apr_size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        pass.purge_table = tables[i];
        pass.deleted = ROWS_MAX;
        while (rv == APR_SUCCESS && pass.is_held && pass.deleted == ROWS_MAX &&
               as_clock_monotonic() < pass.end && !stop()) {
            rv = run_unit(&pass, purge_rows);
        }
    }
    apr_pool_destroy(pass.pool);
}
