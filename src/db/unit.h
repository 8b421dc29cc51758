/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of work on one database, with the retry rule. as_db_* is this room's interface for all
 * others; the files of src/store run their statements in units (db/stmt.h).
 */
#ifndef AS_DB_UNIT_H
#define AS_DB_UNIT_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/log.h"
#include "db/source.h"
#include "db/stmt.h"

typedef struct as_db_t as_db_t; /* one database, as one process uses it */

typedef struct as_db_options_t {
    as_source_t source;
    int slots;                /* connections that the source can lend at once (DBDMax) */
    apr_interval_time_t wait; /* for a slot; 0: 200 ms */
    /* A PostgreSQL connection is cut when a statement has no response after this long; 0: 3.5 s.
     * Longer than statement_timeout, which ends a statement while the server responds. */
    apr_interval_time_t bound;
    /* One writer at a time, of all processes (SQLite); NULL: not needed. */
    apr_status_t (*writer_lock)(void *ctx);
    void (*writer_unlock)(void *ctx);
    void *writer_ctx;
    /* Block SIGHUP and SIGTERM during a unit: in prefork they end the process at once. */
    int defer_signals;
    const as_log_t *log;
} as_db_options_t;

/*
 * At the end of p, running units of other threads have one second to finish. Then PostgreSQL
 * connections are cut, and units on SQLite have 6 s more. APR_EINVAL: there are no slots.
 */
apr_status_t as_db_create(apr_pool_t *p, const as_db_options_t *options, as_db_t **db);

/*
 * The work of a unit. Units are never nested. After a lost connection a unit is run again from its
 * start, up to three times: it keeps its results in the baton and does database work only. After
 * a failed statement all further ones fail with the same status, and nothing is committed. A write
 * unit is one transaction, committed when it returns APR_SUCCESS and rolled back otherwise: an
 * outcome that must be stored (a counted attempt) is APR_SUCCESS with its result in the baton.
 *
 * All units take locks in one order, so that no two of them deadlock on PostgreSQL:
 *   1. jobs
 *   2. limits of one account, then the number (as_codes_lock_number, the limit sms/number)
 *   3. invitations
 *   4. users: before any row that refers to an account, even if only its code or text changes
 *   5. codes, sessions, addresses, roles
 *   6. limits that many accounts share (sms/ip, sms/total)
 *   7. outbox
 */
typedef apr_status_t as_db_work_fn(as_tx_t *tx, void *baton);

/*
 * Run a unit. APR_EAGAIN: the database is unreachable or failed, or (write) the result of COMMIT is
 * unknown; the log has the reason. APR_EEXIST, APR_ENOENT: of a statement (db/stmt.h). Otherwise
 * what `work` returned.
 */
apr_status_t as_db_read(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);
apr_status_t as_db_write(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);

/*
 * A write unit whose statements PostgreSQL commits one by one: two round trips fewer. Those before
 * a failure stay in effect, and if the unit is run again they take effect twice. For counting
 * attempts before the work that is limited. On SQLite it is one transaction.
 */
apr_status_t as_db_write_separately(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);

/*
 * Retries a not-found result on a fresh connection. For units whose APR_ENOENT ("no such row")
 * rejects a valid token, or reports success for something that had no effect. A former primary
 * lacks the rows of its successor. So PostgreSQL's APR_ENOENT counts only on a connection opened
 * within the last 2 s; otherwise the unit is run once more on a new connection.
 */
apr_status_t as_db_read_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);
apr_status_t as_db_write_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);

/* When did the database last fail this process (monotonic clock)? 0: never. */
apr_time_t as_db_failed_at(const as_db_t *db);

#endif
