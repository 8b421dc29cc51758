/* SPDX-License-Identifier: Apache-2.0 */
/* Units of work: a connection, a transaction, what to do again and what never. */
#include "db/private.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"

enum { RETRIES = 3 };

/* µs */
enum {
    WAIT_DEFAULT = 200 * 1000,
    BOUND_DEFAULT = 7 * APR_USEC_PER_SEC / 2,
    REPETITIONS = 3 * APR_USEC_PER_SEC / 2, /* all of them, after the bound of the first try */
    RECENT = 2 * APR_USEC_PER_SEC, /* the age of a connection whose "no such row" is believed */
    BREAK = APR_USEC_PER_SEC / 2,  /* from a connection that was not to be had to the next try */
    FULL_LOG_EVERY = 60 * APR_USEC_PER_SEC,
    PAUSE = 20 * 1000,              /* before a unit is run again, times how often it was */
    LAST_CALL = APR_USEC_PER_SEC,   /* for units that are open when the process ends */
    LONGEST = 6 * APR_USEC_PER_SEC, /* a unit of SQLite that waits for its lock and for its file */
};

/* Once nobody is in a unit, nobody comes into one again. */
static int is_empty(as_db_t *db, int *taken, apr_interval_time_t wait)
{
    while (*taken < db->options.slots && as_semaphore_acquire(db->slots, wait) == APR_SUCCESS) {
        ++*taken;
    }
    return *taken == db->options.slots;
}

/* The source ends after this: a background thread may not hold one of its connections then. */
static apr_status_t close_database(void *data)
{
    as_db_t *db = data;
    int taken = 0;

    atomic_store(&db->closed, 1);
    if (db->options.source.stop) {
        db->options.source.stop(db->options.source.ctx);
    }
    if (!is_empty(db, &taken, LAST_CALL)) {
        as_watchdog_cut_all(db->watchdog);
        is_empty(db, &taken, LONGEST);
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
        db->options.wait = WAIT_DEFAULT;
    }
    if (db->options.bound <= 0) {
        db->options.bound = BOUND_DEFAULT;
    }
    rv = as_semaphore_create(p, options->slots, &db->slots);
    if (rv == APR_SUCCESS) {
        rv = as_semaphore_create(p, 1, &db->probing);
    }
    if (rv == APR_SUCCESS) {
        rv = as_watchdog_create(p, db->options.bound, &db->watchdog);
    }
    if (rv == APR_SUCCESS) {
        apr_pool_pre_cleanup_register(p, db, close_database);
        *database = db;
    }
    return rv;
}

const as_log_t *as_db_log(const as_db_t *db)
{
    return db->options.log;
}

apr_time_t as_db_failed_at(const as_db_t *db)
{
    return atomic_load(&db->failed_at);
}

static void note_failure(as_db_t *db)
{
    atomic_store(&db->failed_at, as_clock_monotonic());
}

int as_db_first_time(as_db_t *db)
{
    return !atomic_exchange(&db->told, 1);
}

static int is_down(as_db_t *db)
{
    apr_time_t until = atomic_load(&db->down_until);

    return until && as_clock_monotonic() < until;
}

/* Logged once when it goes and once when it comes back, not for each request. */
static apr_status_t note_unreachable(as_db_t *db, const char *why)
{
    note_failure(db);
    atomic_fetch_add(&db->refused, 1);
    if (!atomic_exchange(&db->down_until, as_clock_monotonic() + BREAK)) {
        as_log(db->options.log, AS_LOG_ERR, 0, "the database cannot be reached%s%.*s",
               why ? ": " : "", why ? (int)strcspn(why, "\n") : 0, why ? why : "");
    }
    return APR_EAGAIN;
}

/* Only after a unit that was served: a connection alone may have no server behind it. */
static void note_reachable(as_db_t *db)
{
    if (atomic_load(&db->down_until) && atomic_exchange(&db->down_until, 0)) {
        as_log(db->options.log, AS_LOG_NOTICE, 0,
               "the database is reached again; %d units of work were refused meanwhile",
               atomic_exchange(&db->refused, 0));
    }
}

static apr_status_t refuse(as_db_t *db)
{
    atomic_fetch_add(&db->refused, 1);
    return APR_EAGAIN;
}

/* Logged once a minute at most. */
static apr_status_t turn_away(as_db_t *db)
{
    apr_time_t now = as_clock_monotonic();
    apr_time_t logged = atomic_load(&db->full_logged);

    if ((!logged || now - logged > FULL_LOG_EVERY) &&
        atomic_compare_exchange_strong(&db->full_logged, &logged, now)) {
        as_log(db->options.log, AS_LOG_WARNING, 0,
               "all database connections are busy: requests are turned away (DBDMax %d)",
               db->options.slots);
    }
    return APR_EAGAIN;
}

/* A server that takes no writes any more has a successor, unless it took none from the beginning.
 */
static as_source_return_t what_becomes(const as_tx_t *tx)
{
    switch (tx->fault) {
    case AS_FAULT_LOST:
        return AS_SOURCE_CLOSE_OLDER;
    case AS_FAULT_READONLY:
        return tx->conn->read_only ? AS_SOURCE_CLOSE : AS_SOURCE_CLOSE_OLDER;
    default:
        return tx->found ? AS_SOURCE_KEEP_CLOSE_OLDER : AS_SOURCE_KEEP;
    }
}

static void give_back(as_tx_t *tx, as_source_return_t what)
{
    tx->borrowed = 0;
    tx->conn = NULL;
    tx->db->options.source.give_back(tx->db->options.source.ctx, &tx->h, what);
}

static apr_status_t borrow_any(as_tx_t *tx, apr_time_t since, const char **why)
{
    const as_db_options_t *o = &tx->db->options;
    apr_status_t rv;

    tx->h = (as_source_lease_t){NULL};
    rv = o->source.borrow(o->source.ctx, tx->scratch, since, &tx->h);
    *why = tx->h.why;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    tx->borrowed = 1;
    rv = as_conn_get(&tx->h, o->log, &tx->conn);
    *why = tx->h.why;
    if (rv == APR_SUCCESS) {
        rv = as_conn_check(tx, why);
    }
    if (rv != APR_SUCCESS) {
        as_tx_clear_fault(tx);
        give_back(tx, AS_SOURCE_CLOSE_OLDER);
    }
    return rv;
}

/*
 * A connection with a server behind it. One that lay unused says nothing of its server when it
 * turns out to be lost; a new one does.
 */
static apr_status_t borrow_checked(as_tx_t *tx, apr_time_t since, const char **why)
{
    apr_time_t now = as_clock_monotonic();
    apr_status_t rv = borrow_any(tx, since, why);

    return rv != APR_SUCCESS && tx->h.opened_at && tx->h.opened_at < now ? borrow_any(tx, now, why)
                                                                         : rv;
}

/* While the server is unreachable, one unit at a time probes it. */
static apr_status_t borrow(as_tx_t *tx, apr_time_t since)
{
    as_db_t *db = tx->db;
    int probes = atomic_load(&db->down_until) != 0;
    const char *why = NULL;
    apr_status_t rv;

    if (is_down(db) || (probes && as_semaphore_acquire(db->probing, 0) != APR_SUCCESS)) {
        return refuse(db);
    }
    rv = borrow_checked(tx, since, &why);
    if (rv != APR_SUCCESS && rv != APR_TIMEUP) {
        rv = note_unreachable(db, why);
    }
    if (probes) {
        as_semaphore_release(db->probing);
    }
    return rv == APR_TIMEUP ? turn_away(db) : rv;
}

static void unlock_writers(as_tx_t *tx)
{
    if (tx->locked) {
        tx->locked = 0;
        tx->db->options.writer_unlock(tx->db->options.writer_ctx);
    }
}

static void roll_back(as_tx_t *tx)
{
    if (tx->open) {
        tx->open = 0;
        as_tx_run_command(tx, "ROLLBACK");
    }
    unlock_writers(tx);
}

/* Undo what the unit holds: at its end, and when it is left by its pool's end. */
static apr_status_t close_unit(void *data)
{
    as_tx_t *tx = data;

    if (tx->borrowed) {
        if (tx->conn) {
            roll_back(tx);
        }
        give_back(tx, tx->conn ? what_becomes(tx) : AS_SOURCE_KEEP);
    }
    if (tx->entered) {
        tx->entered = 0;
        as_semaphore_release(tx->db->slots);
    }
    return APR_SUCCESS;
}

/* Others borrow from the same pool, and nothing is reset when a connection is given back. */
static void leave_transaction_of_others(as_tx_t *tx)
{
    if (as_conn_in_transaction(tx->conn)) {
        as_log(tx->db->options.log, AS_LOG_WARNING, 0,
               "a database connection was given back in the middle of a transaction, which is "
               "rolled back");
        as_tx_run_command(tx, "ROLLBACK");
    }
}

static apr_status_t open_unit(as_db_t *db, apr_pool_t *p, int write, as_tx_t **unit)
{
    apr_pool_t *q;
    as_tx_t *tx;
    apr_status_t rv = apr_pool_create(&q, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    tx = apr_pcalloc(q, sizeof(*tx));
    tx->db = db;
    tx->results = p;
    tx->scratch = q;
    tx->write = write;
    tx->started = as_clock_monotonic();
    tx->ends_by = tx->started + db->options.bound + REPETITIONS;
    /* Before q's sub-pools: without DBDPersist the connection is one of them. */
    apr_pool_pre_cleanup_register(q, tx, close_unit);
    *unit = tx;
    if (atomic_load(&db->closed) || is_down(db)) {
        return refuse(db);
    }
    if (as_semaphore_acquire(db->slots, db->options.wait) != APR_SUCCESS) {
        return is_down(db) ? refuse(db) : turn_away(db);
    }
    tx->entered = 1;
    rv = borrow(tx, 0);
    if (rv == APR_SUCCESS) {
        leave_transaction_of_others(tx);
        as_conn_check_settings(tx);
    }
    return rv;
}

static apr_status_t begin(as_tx_t *tx)
{
    const as_db_options_t *o = &tx->db->options;
    /* A role or a database may have another default. */
    const char *sql = tx->conn->pgsql ? "BEGIN ISOLATION LEVEL READ COMMITTED" : "BEGIN IMMEDIATE";
    int ret;

    if (!tx->conn->pgsql && o->writer_lock) {
        apr_status_t rv = o->writer_lock(o->writer_ctx);

        if (rv != APR_SUCCESS) {
            as_log(o->log, AS_LOG_ERR, rv, "the writers' lock is not to be had");
            return APR_EAGAIN;
        }
        tx->locked = 1;
    }
    ret = as_tx_run_command(tx, sql);
    tx->open = ret == 0;
    return ret ? as_tx_note_fault(tx, ret, sql) : APR_SUCCESS;
}

/* A COMMIT whose answer is lost may have arrived. */
static apr_status_t commit(as_tx_t *tx)
{
    int ret = as_tx_run_command(tx, "COMMIT");

    if (ret) {
        apr_status_t rv = as_tx_note_fault(tx, ret, "COMMIT");

        tx->unknown = tx->fault == AS_FAULT_LOST;
        return rv;
    }
    tx->open = 0;
    return APR_SUCCESS;
}

static apr_status_t attempt(as_tx_t *tx, as_db_work_fn *work, void *baton)
{
    apr_status_t rv = tx->write ? begin(tx) : APR_SUCCESS;

    if (rv == APR_SUCCESS) {
        rv = work(tx, baton);
    }
    if (rv == APR_SUCCESS) {
        rv = tx->status; /* of a fault that the work did not mind */
    }
    if (rv == APR_SUCCESS && tx->write) {
        rv = commit(tx);
    }
    roll_back(tx);
    return rv;
}

/* Another connection, within the time that is left to the unit. */
static apr_status_t reconnect(as_tx_t *tx, as_source_return_t what, apr_time_t since)
{
    give_back(tx, what);
    as_tx_clear_fault(tx);
    return borrow(tx, since);
}

/* How often; a server that takes no writes is asked where its successor is only once. */
static int retries_after(as_fault_t fault)
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

static int is_ending(const as_db_t *db)
{
    sigset_t waiting;

    return atomic_load(&db->closed) ||
           (db->options.defer_signals && sigpending(&waiting) == 0 &&
            (sigismember(&waiting, SIGHUP) == 1 || sigismember(&waiting, SIGTERM) == 1));
}

static int may_run_again(const as_tx_t *tx, int tries)
{
    return tries <= retries_after(tx->fault) && !tx->unknown && !is_ending(tx->db) &&
           as_clock_monotonic() < tx->ends_by;
}

static int run_again(as_tx_t *tx, int tries)
{
    if (!may_run_again(tx, tries)) {
        return 0;
    }
    as_log(tx->db->options.log, AS_LOG_INFO, 0, "%s in \"%s\"%s: the unit of work is run again",
           tx->code, tx->sql, tx->call.cut ? " (no answer in time)" : "");
    if (tries > 1) {
        apr_sleep(PAUSE * tries);
    }
    tx->repeated = 1;
    if (tx->fault == AS_FAULT_LOST || tx->fault == AS_FAULT_READONLY) {
        note_failure(tx->db);
        return reconnect(tx, what_becomes(tx), 0) == APR_SUCCESS;
    }
    if (tx->fault == AS_FAULT_SCHEMA) {
        apr_hash_clear(tx->conn->statements);
    }
    as_tx_clear_fault(tx);
    return 1;
}

/* Failures that a caller can make use of keep their status. */
static apr_status_t told(const as_tx_t *tx, apr_status_t rv)
{
    switch (tx->fault) {
    case AS_FAULT_NONE:
    case AS_FAULT_UNIQUE:
    case AS_FAULT_REFERENCE:
        return rv;
    default:
        note_failure(tx->db);
        as_log(tx->db->options.log, AS_LOG_ERR, 0, "the database failed with %s in \"%s\"%s%s",
               tx->code, tx->sql, tx->call.cut ? " (no answer in time)" : "",
               tx->unknown ? ": whether the change was made is not known" : "");
        return APR_EAGAIN;
    }
}

static void defer_signals(sigset_t *old)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGHUP);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, old);
}

/* Until it succeeds, or must not or cannot be run again. */
static apr_status_t run_until_told(as_tx_t *tx, as_db_work_fn *work, void *baton)
{
    apr_status_t rv;
    int tries = 0;

    do {
        rv = attempt(tx, work, baton);
    } while (run_again(tx, ++tries));
    return told(tx, rv);
}

/* Has a server that may not be the primary any more said that there is no such row? */
static int is_doubtful(const as_tx_t *tx, apr_status_t rv)
{
    return rv == APR_ENOENT && tx->fault == AS_FAULT_NONE && tx->conn && tx->conn->pgsql &&
           tx->h.opened_at && tx->h.opened_at < tx->started - RECENT;
}

static apr_status_t confirm(as_tx_t *tx, as_db_work_fn *work, void *baton)
{
    apr_status_t rv;

    tx->repeated = 1;
    rv = reconnect(tx, AS_SOURCE_KEEP, tx->started - RECENT);
    if (rv == APR_SUCCESS) {
        rv = run_until_told(tx, work, baton);
        tx->found = rv == APR_SUCCESS;
    }
    return rv;
}

static apr_status_t run(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton, int write,
                        int confirmed)
{
    as_tx_t *tx = NULL;
    sigset_t old;
    apr_status_t rv;

    if (db->options.defer_signals) {
        defer_signals(&old);
    }
    rv = open_unit(db, p, write, &tx);
    if (rv == APR_SUCCESS) {
        rv = run_until_told(tx, work, baton);
        if (confirmed && is_doubtful(tx, rv)) {
            rv = confirm(tx, work, baton);
        }
        if (tx->borrowed && tx->fault != AS_FAULT_LOST && tx->fault != AS_FAULT_READONLY) {
            note_reachable(db);
        }
    }
    if (tx) {
        apr_pool_destroy(tx->scratch);
    }
    if (db->options.defer_signals) {
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    return rv;
}

apr_status_t as_db_read(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, 0, 0);
}

apr_status_t as_db_write(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, 1, 0);
}

apr_status_t as_db_read_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, 0, 1);
}

apr_status_t as_db_write_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton)
{
    return run(db, p, work, baton, 1, 1);
}
