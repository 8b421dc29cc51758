/* SPDX-License-Identifier: Apache-2.0 */
#include "db/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/semaphore.h"
#include "db/health.h"
#include "db/settings.h"
#include "db/tx_private.h"

enum { RETRIES = 3 };

/* µs */
enum {
    SLOT_WAIT = 200 * 1000,
    CALL_BOUND = 7 * APR_USEC_PER_SEC / 2,
    RETRY_TIME =
        3 * APR_USEC_PER_SEC / 2,        /* for all repetitions, after the bound of the first try */
    RETRY_PAUSE = 20 * 1000,             /* times the number of repetitions */
    TRUSTED_AGE = 2 * APR_USEC_PER_SEC,  /* of a connection whose "no such row" counts */
    EXIT_GRACE = APR_USEC_PER_SEC,       /* for running units when the process exits */
    SQLITE_GRACE = 6 * APR_USEC_PER_SEC, /* for a unit that waits for SQLite's locks */
};

struct as_db_t {
    as_db_options_t options;
    as_semaphore_t *slots;
    as_health_t *health;
    as_watchdog_t *watchdog;
    _Atomic int has_logged_settings;
    _Atomic int is_closed; /* its pool is being destroyed */
};

typedef enum unit_kind_t { UNIT_READ, UNIT_WRITE, UNIT_WRITE_SEPARATELY } unit_kind_t;

typedef struct unit_t {
    as_tx_t tx;
    as_db_t *db;
    as_source_loan_t loan;
    apr_time_t started;
    unit_kind_t kind;
    /* What close_unit has to undo. */
    int has_slot, has_loan, has_writer_lock, in_transaction;
    int is_outcome_unknown; /* the connection was lost in COMMIT */
    int was_stale;          /* a new connection found rows that the older one lacked */
} unit_t;

/* ---- the database ---- */

/* Take all slots; then no unit runs, and no other starts. *taken: so far. */
static int take_all_slots(as_db_t *db, int *taken, apr_interval_time_t wait)
{
    while (*taken < db->options.slots && as_semaphore_acquire(db->slots, wait) == APR_SUCCESS) {
        ++*taken;
    }
    return *taken == db->options.slots;
}

/* The source ends after this: no unit may hold one of its connections then. */
static apr_status_t close_database(void *data)
{
    as_db_t *db = data;
    int taken = 0;

    atomic_store(&db->is_closed, 1);
    if (db->options.source.stop) {
        db->options.source.stop(db->options.source.ctx);
    }
    if (!take_all_slots(db, &taken, EXIT_GRACE)) {
        as_watchdog_cut_all(db->watchdog);
        take_all_slots(db, &taken, SQLITE_GRACE);
    }
    return APR_SUCCESS;
}

apr_status_t as_db_create(apr_pool_t *p, const as_db_options_t *options, as_db_t **database)
{
    as_db_t *db = apr_pcalloc(p, sizeof(*db));
    apr_status_t rv;

    if (options->slots < 1) {
        return APR_EINVAL;
    }
    db->options = *options;
    if (db->options.wait <= 0) {
        db->options.wait = SLOT_WAIT;
    }
    if (db->options.bound <= 0) {
        db->options.bound = CALL_BOUND;
    }
    rv = as_semaphore_create(p, options->slots, &db->slots);
    if (rv == APR_SUCCESS) {
        rv = as_health_create(p, options->log, &db->health);
    }
    if (rv == APR_SUCCESS) {
        rv = as_watchdog_create(p, db->options.bound, &db->watchdog);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_pre_cleanup_register(p, db, close_database);
    *database = db;
    return APR_SUCCESS;
}

apr_time_t as_db_failed_at(const as_db_t *db)
{
    return as_health_failed_at(db->health);
}

/* ---- connections ---- */

/* A server that accepts no writes any more has a successor, unless it accepted none from the start.
 */
static as_source_disposition_t choose_disposition(const unit_t *u)
{
    switch (u->tx.fault) {
    case AS_FAULT_LOST:
        return AS_SOURCE_CLOSE_OLDER;
    case AS_FAULT_READONLY:
        return u->tx.conn->is_read_only ? AS_SOURCE_CLOSE : AS_SOURCE_CLOSE_OLDER;
    default:
        return u->was_stale ? AS_SOURCE_KEEP_CLOSE_OLDER : AS_SOURCE_KEEP;
    }
}

static void return_connection(unit_t *u, as_source_disposition_t disposition)
{
    u->has_loan = 0;
    u->tx.conn = NULL;
    u->db->options.source.give_back(u->db->options.source.ctx, &u->loan, disposition);
}

static apr_status_t open_loan(unit_t *u, const char **reason)
{
    const as_source_loan_t *loan = &u->loan;
    apr_status_t rv =
        as_conn_get(loan->pool, loan->driver, loan->handle, u->tx.log, &u->tx.conn, reason);

    return rv == APR_SUCCESS ? as_settings_check_role(&u->tx, reason) : rv;
}

static apr_status_t borrow_once(unit_t *u, apr_time_t since, const char **reason)
{
    const as_source_t *source = &u->db->options.source;
    apr_status_t rv;

    u->loan = (as_source_loan_t){NULL};
    rv = source->borrow(source->ctx, u->tx.scratch, since, &u->loan);
    *reason = u->loan.reason;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    u->has_loan = 1;
    rv = open_loan(u, reason);
    if (rv != APR_SUCCESS) {
        as_tx_clear_fault(&u->tx);
        return_connection(u, AS_SOURCE_CLOSE_OLDER);
    }
    return rv;
}

/* An idle connection may be broken although the server is reachable: then a new one decides. */
static apr_status_t borrow_working(unit_t *u, apr_time_t since, const char **reason)
{
    apr_time_t now = as_clock_monotonic();
    apr_status_t rv = borrow_once(u, since, reason);

    return rv != APR_SUCCESS && u->loan.opened_at && u->loan.opened_at < now
               ? borrow_once(u, now, reason)
               : rv;
}

static apr_status_t refuse_busy(as_db_t *db)
{
    as_health_log_busy(db->health, db->options.slots);
    return APR_EAGAIN;
}

static apr_status_t refuse(as_db_t *db)
{
    as_health_note_refused(db->health);
    return APR_EAGAIN;
}

static apr_status_t borrow_connection(unit_t *u, apr_time_t since)
{
    as_db_t *db = u->db;
    const char *reason = NULL;
    int is_probe;
    apr_status_t rv = as_health_begin_probe(db->health, &is_probe);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = borrow_working(u, since, &reason);
    if (rv != APR_SUCCESS && rv != APR_TIMEUP) {
        as_health_note_unreachable(db->health, reason);
        rv = APR_EAGAIN;
    }
    as_health_end_probe(db->health, is_probe);
    return rv == APR_TIMEUP ? refuse_busy(db) : rv;
}

/* ---- transactions ---- */

static apr_status_t lock_writers(unit_t *u)
{
    const as_db_options_t *o = &u->db->options;
    apr_status_t rv;

    if (u->tx.conn->is_pgsql || !o->writer_lock) {
        return APR_SUCCESS;
    }
    rv = o->writer_lock(o->writer_ctx);
    if (rv != APR_SUCCESS) {
        as_log(o->log, AS_LOG_ERR, rv,
               AS_TAG(0233) "the writers' lock cannot be acquired: another process writes to "
                            "SQLite for long");
        AS_METRIC_INCREMENT(DB_ERRORS, AS_METRIC_FAULT_WRITER_LOCK, AS_METRIC_ONLY);
        return APR_EAGAIN;
    }
    u->has_writer_lock = 1;
    return APR_SUCCESS;
}

static void unlock_writers(unit_t *u)
{
    if (u->has_writer_lock) {
        u->has_writer_lock = 0;
        u->db->options.writer_unlock(u->db->options.writer_ctx);
    }
}

static apr_status_t begin(unit_t *u)
{
    /* Explicit, since a role or a database may have another default. */
    const char *sql =
        u->tx.conn->is_pgsql ? "BEGIN ISOLATION LEVEL READ COMMITTED" : "BEGIN IMMEDIATE";
    apr_status_t rv = lock_writers(u);
    int ret;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    ret = as_tx_run_command(&u->tx, sql);
    u->in_transaction = ret == 0;
    return ret ? as_tx_note_fault(&u->tx, ret, sql) : APR_SUCCESS;
}

/* If the connection is lost during COMMIT, the change may have been made. */
static apr_status_t commit(unit_t *u)
{
    int ret = as_tx_run_command(&u->tx, "COMMIT");

    if (ret) {
        apr_status_t rv = as_tx_note_fault(&u->tx, ret, "COMMIT");

        u->is_outcome_unknown = u->tx.fault == AS_FAULT_LOST;
        return rv;
    }
    u->in_transaction = 0;
    return APR_SUCCESS;
}

static void roll_back(unit_t *u)
{
    if (u->in_transaction) {
        u->in_transaction = 0;
        as_tx_run_command(&u->tx, "ROLLBACK");
    }
    unlock_writers(u);
}

/* Other modules use the same pool, and mod_dbd does not reset a returned connection. */
static void roll_back_leftover(unit_t *u)
{
    if (as_conn_in_transaction(u->tx.conn)) {
        as_log(u->tx.log, AS_LOG_WARNING, 0,
               AS_TAG(0234) "another user of mod_dbd returned a database connection with an open "
                            "transaction, which is rolled back");
        as_tx_run_command(&u->tx, "ROLLBACK");
    }
}

/* ---- the unit ---- */

/* Undo what the unit holds, also when its pool ends before the unit does. */
static apr_status_t close_unit(void *data)
{
    unit_t *u = data;

    if (u->has_loan) {
        if (u->tx.conn) {
            roll_back(u);
        }
        return_connection(u, u->tx.conn ? choose_disposition(u) : AS_SOURCE_KEEP);
    }
    if (u->has_slot) {
        u->has_slot = 0;
        as_semaphore_release(u->db->slots);
    }
    return APR_SUCCESS;
}

/* Once for each database, at its first unit. */
static void log_settings(unit_t *u)
{
    _Atomic int *has_logged = &u->db->has_logged_settings;

    if (u->tx.conn->is_pgsql && !atomic_exchange(has_logged, 1) &&
        as_settings_log_warnings(&u->tx) != APR_SUCCESS) {
        as_tx_clear_fault(&u->tx);
        atomic_store(has_logged, 0);
    }
}

static apr_status_t create_unit(as_db_t *db, apr_pool_t *p, unit_kind_t kind, unit_t **unit)
{
    apr_pool_t *q;
    unit_t *u;
    apr_status_t rv = apr_pool_create(&q, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    u = apr_pcalloc(q, sizeof(*u));
    u->db = db;
    u->kind = kind;
    u->started = as_clock_monotonic();
    u->tx.results = p;
    u->tx.scratch = q;
    u->tx.log = db->options.log;
    u->tx.watchdog = db->watchdog;
    u->tx.retry_deadline = u->started + db->options.bound + RETRY_TIME;
    /* Before q's sub-pools end: without DBDPersist the connection is in one of them. */
    apr_pool_pre_cleanup_register(q, u, close_unit);
    *unit = u;
    return APR_SUCCESS;
}

static apr_status_t open_unit(unit_t *u)
{
    as_db_t *db = u->db;
    apr_status_t rv;

    if (atomic_load(&db->is_closed) || as_health_is_down(db->health)) {
        return refuse(db);
    }
    if (as_semaphore_acquire(db->slots, db->options.wait) != APR_SUCCESS) {
        return as_health_is_down(db->health) ? refuse(db) : refuse_busy(db);
    }
    u->has_slot = 1;
    rv = borrow_connection(u, 0);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    roll_back_leftover(u);
    log_settings(u);
    return APR_SUCCESS;
}

static apr_status_t run_work(unit_t *u, as_db_work_fn *work, void *baton)
{
    apr_status_t rv = work(&u->tx, baton);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (u->tx.status != APR_SUCCESS) {
        return u->tx.status; /* of a fault that `work` ignored */
    }
    return u->in_transaction ? commit(u) : APR_SUCCESS;
}

static int needs_transaction(const unit_t *u)
{
    return u->kind == UNIT_WRITE || (u->kind == UNIT_WRITE_SEPARATELY && !u->tx.conn->is_pgsql);
}

static apr_status_t run_once(unit_t *u, as_db_work_fn *work, void *baton)
{
    apr_status_t rv = needs_transaction(u) ? begin(u) : APR_SUCCESS;

    if (rv == APR_SUCCESS) {
        rv = run_work(u, work, baton);
    }
    roll_back(u);
    return rv;
}

/* ---- the retry rule ---- */

/* After AS_FAULT_READONLY the successor of the server is looked for only once. */
static int count_retries(as_fault_t fault)
{
    switch (fault) {
    case AS_FAULT_LOST:
    case AS_FAULT_CONFLICT:
    case AS_FAULT_SCHEMA:
        return RETRIES;
    case AS_FAULT_READONLY:
        return 1;
    default:
        return 0;
    }
}

static int is_exiting(const as_db_t *db)
{
    sigset_t pending;

    return atomic_load(&db->is_closed) ||
           (db->options.defer_signals && sigpending(&pending) == 0 &&
            (sigismember(&pending, SIGHUP) == 1 || sigismember(&pending, SIGTERM) == 1));
}

static int may_retry(const unit_t *u, int tries)
{
    return tries <= count_retries(u->tx.fault) && !u->is_outcome_unknown && !is_exiting(u->db) &&
           as_clock_monotonic() < u->tx.retry_deadline;
}

/* Replace the connection within the time that is left to the unit. */
static apr_status_t reconnect(unit_t *u, as_source_disposition_t disposition, apr_time_t since)
{
    return_connection(u, disposition);
    as_tx_clear_fault(&u->tx);
    return borrow_connection(u, since);
}

/* 1: run the unit again. */
static int prepare_retry(unit_t *u, int tries)
{
    if (!may_retry(u, tries)) {
        return 0;
    }
    as_log(u->tx.log, AS_LOG_INFO, 0, AS_TAG(0235) "%s in \"%s\"%s: the unit of work is run again",
           u->tx.code, u->tx.sql, u->tx.call.is_cut ? " (no answer in time)" : "");
    if (tries > 1) {
        apr_sleep(RETRY_PAUSE * tries);
    }
    u->tx.is_repeated = 1;
    if (u->tx.fault == AS_FAULT_LOST || u->tx.fault == AS_FAULT_READONLY) {
        as_health_note_failure(u->db->health);
        return reconnect(u, choose_disposition(u), 0) == APR_SUCCESS;
    }
    if (u->tx.fault == AS_FAULT_SCHEMA) {
        apr_hash_clear(u->tx.conn->statements);
    }
    as_tx_clear_fault(&u->tx);
    return 1;
}

/* Log a failure. The caller gets the status of those that it can handle, APR_EAGAIN for others. */
static apr_status_t report_fault(const unit_t *u, apr_status_t rv)
{
    switch (u->tx.fault) {
    case AS_FAULT_NONE:
    case AS_FAULT_UNIQUE:
    case AS_FAULT_REFERENCE:
        return rv;
    default:
        as_health_note_failure(u->db->health);
        as_log(u->tx.log, AS_LOG_ERR, 0, AS_TAG(0236) "the database failed with %s in \"%s\"%s%s",
               u->tx.code, u->tx.sql, u->tx.call.is_cut ? " (no answer in time)" : "",
               u->is_outcome_unknown ? ": whether the change was made is not known" : "");
        return APR_EAGAIN;
    }
}

/* Of each attempt. Rows that exist already, or are missing, are no fault of the database. */
static void count_fault(as_fault_t fault)
{
    static const int metrics[] = {
        [AS_FAULT_LOST] = AS_METRIC_FAULT_LOST,
        [AS_FAULT_CONFLICT] = AS_METRIC_FAULT_CONFLICT,
        [AS_FAULT_READONLY] = AS_METRIC_FAULT_READONLY,
        [AS_FAULT_SCHEMA] = AS_METRIC_FAULT_SCHEMA,
        [AS_FAULT_OTHER] = AS_METRIC_FAULT_OTHER,
    };

    if (fault != AS_FAULT_NONE && fault != AS_FAULT_UNIQUE && fault != AS_FAULT_REFERENCE) {
        AS_METRIC_INCREMENT(DB_ERRORS, metrics[fault], AS_METRIC_ONLY);
    }
}

static apr_status_t run_with_retries(unit_t *u, as_db_work_fn *work, void *baton)
{
    apr_status_t rv;
    int tries = 0;

    do {
        rv = run_once(u, work, baton);
        count_fault(u->tx.fault);
    } while (prepare_retry(u, ++tries));
    return report_fault(u, rv);
}

/* Was "no such row" the result of a connection that may lead to a former primary? */
static int needs_confirmation(const unit_t *u, apr_status_t rv)
{
    return rv == APR_ENOENT && u->tx.fault == AS_FAULT_NONE && u->tx.conn && u->tx.conn->is_pgsql &&
           u->loan.opened_at && u->loan.opened_at < u->started - TRUSTED_AGE;
}

static apr_status_t confirm(unit_t *u, as_db_work_fn *work, void *baton)
{
    apr_status_t rv;

    u->tx.is_repeated = 1;
    rv = reconnect(u, AS_SOURCE_KEEP, u->started - TRUSTED_AGE);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = run_with_retries(u, work, baton);
    u->was_stale = rv == APR_SUCCESS;
    return rv;
}

static apr_status_t run_unit(unit_t *u, as_db_work_fn *work, void *baton, int is_confirmed)
{
    apr_status_t rv = open_unit(u);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = run_with_retries(u, work, baton);
    if (is_confirmed && needs_confirmation(u, rv)) {
        rv = confirm(u, work, baton);
    }
    AS_METRIC_OBSERVE(DB_SECONDS, AS_METRIC_ONLY, as_clock_monotonic() - u->started);
    if (u->has_loan && u->tx.fault != AS_FAULT_LOST && u->tx.fault != AS_FAULT_READONLY) {
        as_health_note_reachable(u->db->health);
    }
    return rv;
}

static void block_exit_signals(sigset_t *old)
{
    sigset_t exits;

    sigemptyset(&exits);
    sigaddset(&exits, SIGHUP);
    sigaddset(&exits, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &exits, old);
}

static apr_status_t run(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton,
                        unit_kind_t kind, int is_confirmed)
{
    unit_t *u;
    sigset_t old;
    apr_status_t rv;

    if (db->options.defer_signals) {
        block_exit_signals(&old);
    }
    rv = create_unit(db, p, kind, &u);
    if (rv == APR_SUCCESS) {
        rv = run_unit(u, work, baton, is_confirmed);
        apr_pool_destroy(u->tx.scratch);
    }
    if (db->options.defer_signals) {
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    return rv;
}

apr_status_t as_db_read(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, UNIT_READ, 0);
}

apr_status_t as_db_write(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, UNIT_WRITE, 0);
}

apr_status_t as_db_write_separately(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, UNIT_WRITE_SEPARATELY, 0);
}

apr_status_t as_db_read_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, UNIT_READ, 1);
}

apr_status_t as_db_write_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, UNIT_WRITE, 1);
}
