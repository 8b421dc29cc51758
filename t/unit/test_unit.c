/* SPDX-License-Identifier: Apache-2.0 */
/* Units of work: rollback and retry, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLE "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v TEXT NOT NULL)"
#define COUNT "SELECT count(*) FROM t"
#define MS ((apr_interval_time_t)1000)

/* Upper limit of waits that are bounded by far less, on a machine under load: a wait without a
 * bound takes longer than any limit. */
#define ENDLESS (10 * 1000 * MS)

static const as_stmt_t insert = {"INSERT INTO t (id, v) VALUES (%d, %s)", NULL};

static const as_stmt_t select_all = {"SELECT id, v FROM t ORDER BY id", NULL};

static const as_stmt_t backend = {"SELECT 0", "SELECT pg_backend_pid()"};

static apr_status_t put(as_tx_t *tx, int id)
{
    return as_stmt_exec(tx, &insert, NULL, &id, "secret value");
}

static apr_time_t since(apr_time_t start)
{
    return apr_time_now() - start;
}

typedef struct failing_t {
    const char *sql;
    apr_status_t rv;
    const char *code[DRIVERS]; /* in the log; NULL: not logged */
} failing_t;

/* Goes on after the failure and does not tell of it. */
static apr_status_t work_fail(as_tx_t *tx, void *baton)
{
    const failing_t *f = baton;

    assert_ok(put(tx, 1));
    assert_int_equal(as_stmt_run_text(tx, f->sql), f->rv);
    assert_int_equal(put(tx, 2), f->rv);
    return APR_SUCCESS;
}

static void failures_are_classified_and_rolled_back(store_t *s)
{
    static const failing_t failures[] = {
        {"INSERT INTO t (id, v) VALUES (1, 'secret value')", APR_EEXIST, {NULL, NULL}},
        {"INSERT INTO u (id) VALUES (5)", APR_ENOENT, {NULL, NULL}},
        {"INSERT INTO t (id, v) VALUES (3, NULL)",
         APR_EAGAIN,
         {"SQLite code 1299", "SQLSTATE 23502"}},
        {"SELECT secret FROM absent", APR_EAGAIN, {"SQLite code 1", "SQLSTATE 42P01"}},
    };

    store_do(s->db, s->pool, TABLE);
    store_do(s->db, s->pool, "CREATE TABLE u (id INTEGER REFERENCES t (id))");
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        failing_t f = failures[i];
        const char *code = f.code[s->driver];
        int logged = store_logged(AS_LOG_INFO, "");

        assert_int_equal(as_db_write(s->db, s->pool, work_fail, &f), f.rv);
        assert_int_equal(store_logged(AS_LOG_INFO, "") - logged, code != NULL);
        assert_true(!code || store_logged(AS_LOG_ERR, code));
        assert_int_equal(store_number(s->db, s->pool, COUNT), 0);
    }
}

static apr_status_t work_refuse(as_tx_t *tx, void *baton)
{
    ++*(int *)baton;
    assert_ok(put(tx, 1));
    return APR_EACCES;
}

static void rejected_work_is_rolled_back(store_t *s)
{
    int runs = 0;

    store_do(s->db, s->pool, TABLE);
    assert_int_equal(as_db_write(s->db, s->pool, work_refuse, &runs), APR_EACCES);
    assert_int_equal(runs, 1);
    assert_int_equal(store_number(s->db, s->pool, COUNT), 0);
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 0);
}

/* One transaction on SQLite; on PostgreSQL what was done before a failure stays. */
static void separate_statements_stay_on_postgresql(store_t *s)
{
    int runs = 0;

    store_do(s->db, s->pool, TABLE);
    assert_int_equal(as_db_write_separately(s->db, s->pool, work_refuse, &runs), APR_EACCES);
    assert_int_equal(runs, 1);
    assert_int_equal(store_number(s->db, s->pool, COUNT), s->driver == PGSQL);
}

static jmp_buf out;

static apr_status_t work_leap(as_tx_t *tx, void *baton)
{
    (void)baton;
    assert_ok(put(tx, 1));
    longjmp(out, 1);
}

static void unfinished_unit_is_rolled_back(store_t *s)
{
    const as_db_options_t one = {.slots = 1};
    as_db_t *db = store_open(s, NULL, &one);

    store_do(db, s->pool, TABLE);
    for (int i = 0; i < 2; i++) {
        apr_pool_t *p;

        apr_pool_create(&p, s->pool);
        if (setjmp(out) == 0) {
            as_db_write(db, p, work_leap, NULL);
        }
        apr_pool_destroy(p);
        assert_int_equal(store_number(db, s->pool, COUNT), 0);
    }
    store_do(db, s->pool, "INSERT INTO t (id, v) VALUES (1, 'x')");
}

typedef struct again_t {
    store_t *store;
    as_db_t *other; /* another connection */
    int sig;        /* 0: pg_terminate_backend */
    int runs;
    int late; /* the blow falls when only COMMIT is left */
    pid_t stopped;
} again_t;

static void strike(again_t *a, int pid)
{
    if (a->sig) {
        a->stopped = pid;
        assert_int_equal(kill(pid, a->sig), 0);
    } else {
        assert_int_equal(store_number(a->other, a->store->pool,
                                      apr_psprintf(a->store->pool,
                                                   "SELECT CASE WHEN pg_terminate_backend(%d)"
                                                   " THEN 1 ELSE 0 END",
                                                   pid)),
                         1);
        usleep(50 * 1000);
    }
}

/* A stopped backend keeps its locks, so it is stopped before it has any. */
static apr_status_t work_struck(as_tx_t *tx, void *baton)
{
    again_t *a = baton;
    as_rows_t *rows;
    int first = ++a->runs == 1, pid;
    apr_status_t rv;

    assert_ok(as_stmt_query(tx, &backend, &rows));
    pid = (int)as_rows_int(rows, 0, 0);
    if (first && a->sig && !a->late) {
        strike(a, pid);
    }
    rv = put(tx, 1);
    if (first && !a->sig && !a->late) {
        strike(a, pid);
    }
    if (rv == APR_SUCCESS) {
        rv = put(tx, 2);
    }
    if (first && a->late) {
        strike(a, pid);
    }
    return rv;
}

static void unit_is_repeated_after_a_killed_backend(store_t *s)
{
    again_t a = {s, store_open(s, NULL, NULL), 0, 0, 0, 0};

    store_do(s->db, s->pool, TABLE);
    assert_ok(as_db_write(s->db, s->pool, work_struck, &a));
    assert_int_equal(a.runs, 2);
    assert_int_equal(store_number(s->db, s->pool, COUNT), 2);
    assert_int_equal(store_logged(AS_LOG_ERR, ""), 0);
    assert_int_equal(store_logged(AS_LOG_INFO, "SQLSTATE 57P01"), 1);
}

static apr_status_t work_read_struck(as_tx_t *tx, void *baton)
{
    again_t *a = baton;
    as_rows_t *rows;

    assert_ok(as_stmt_query(tx, &backend, &rows));
    if (++a->runs == 1) {
        strike(a, (int)as_rows_int(rows, 0, 0));
    }
    return as_stmt_query(tx, &select_all, &rows);
}

static void read_is_repeated_after_a_killed_backend(store_t *s)
{
    again_t a = {s, store_open(s, NULL, NULL), 0, 0, 0, 0};

    store_do(s->db, s->pool, TABLE);
    assert_ok(as_db_read(s->db, s->pool, work_read_struck, &a));
    assert_int_equal(a.runs, 2);
}

static void unit_is_not_repeated_after_a_lost_commit(store_t *s)
{
    again_t a = {s, store_open(s, NULL, NULL), 0, 0, 1, 0};

    store_do(s->db, s->pool, TABLE);
    assert_int_equal(as_db_write(s->db, s->pool, work_struck, &a), APR_EAGAIN);
    assert_int_equal(a.runs, 1);
    assert_int_equal(store_logged(AS_LOG_ERR, "is not known"), 1);
    assert_int_equal(store_number(s->db, s->pool, COUNT), 0);
}

static void stopped_backend_fails_within_the_timeout(store_t *s)
{
    const as_db_options_t quick = {.bound = 1000 * MS};
    as_db_t *db = store_open(s, NULL, &quick);

    store_do(db, s->pool, TABLE);
    for (int late = 0; late < 2; late++) {
        again_t a = {s, NULL, SIGSTOP, 0, late, 0};
        apr_time_t start = apr_time_now();
        apr_status_t rv = as_db_write(db, s->pool, work_struck, &a);

        assert_in_range(since(start), 1000 * MS, ENDLESS);
        kill(a.stopped, SIGCONT);
        assert_int_equal(rv, late ? APR_EAGAIN : APR_SUCCESS);
        assert_int_equal(a.runs, late ? 1 : 2);
        store_do(db, s->pool, "DELETE FROM t");
    }
    assert_int_equal(store_logged(AS_LOG_INFO, "(no answer in time)"), 2);
}

/* Long after the last call the watchdog sleeps without end: it must wake for the next one. */
static void watchdog_wakes_for_the_next_call(store_t *s)
{
    const as_db_options_t quick = {.bound = 500 * MS};
    as_db_t *db = store_open(s, NULL, &quick);
    again_t a = {s, NULL, SIGSTOP, 0, 0, 0};
    apr_time_t start;

    store_do(db, s->pool, TABLE);
    usleep(1800 * 1000);
    start = apr_time_now();
    assert_ok(as_db_write(db, s->pool, work_struck, &a));
    assert_in_range(since(start), 500 * MS, ENDLESS);
    kill(a.stopped, SIGCONT);
}

static apr_status_t one_pause(store_t *s, apr_pool_t *p)
{
    return as_db_read(s->db, p, store_pause, (void *)(uintptr_t)(20 * 1000));
}

/* PQstatus of an idle connection still says OK after the server was restarted. */
static void unit_is_repeated_after_a_server_crash(store_t *s)
{
    store_do(s->db, s->pool, TABLE);
    assert_int_equal(store_race(s, 8, one_pause, APR_EINIT, NULL), 8);
    store_crash();
    assert_int_equal(store_race(s, 8, one_pause, APR_EINIT, NULL), 8);
    assert_int_equal(store_number(s->db, s->pool, COUNT), 0);
    assert_int_equal(store_logged(AS_LOG_ERR, ""), 0);
}

typedef struct conflict_t {
    as_db_t *db;
    apr_pool_t *pool;
    int runs;
} conflict_t;

static apr_status_t work_conflict(as_tx_t *tx, void *baton)
{
    static const as_stmt_t sum = {"SELECT count(*) FROM t", NULL};
    conflict_t *c = baton;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_run_text(tx, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");

    if (rv == APR_SUCCESS) {
        rv = as_stmt_query(tx, &sum, &rows);
    }
    if (rv == APR_SUCCESS && ++c->runs == 1) {
        store_do(c->db, c->pool, "UPDATE t SET v = 'other'");
    }
    return rv == APR_SUCCESS ? as_stmt_run_text(tx, "UPDATE t SET v = 'mine'") : rv;
}

static void unit_is_repeated_after_a_conflict(store_t *s)
{
    conflict_t c = {store_open(s, NULL, NULL), s->pool, 0};

    store_do(s->db, s->pool, TABLE);
    store_do(s->db, s->pool, "INSERT INTO t (id, v) VALUES (1, 'x')");
    assert_ok(as_db_write(s->db, s->pool, work_conflict, &c));
    assert_int_equal(c.runs, 2);
    assert_int_equal(store_logged(AS_LOG_INFO, "SQLSTATE 40001"), 1);
    assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM t WHERE v = 'mine'"), 1);
}

static apr_status_t work_read(as_tx_t *tx, void *baton)
{
    as_rows_t *rows;

    (void)baton;
    return as_stmt_query(tx, &select_all, &rows);
}

static apr_status_t work_put(as_tx_t *tx, void *baton)
{
    return put(tx, *(int *)baton);
}

static void unit_is_repeated_after_a_schema_change(store_t *s)
{
    as_db_t *other = store_open(s, NULL, NULL);

    store_do(s->db, s->pool, TABLE);
    for (int i = 0; i < 3; i++) {
        assert_ok(as_db_read(s->db, s->pool, work_read, NULL));
        assert_ok(as_db_write(s->db, s->pool, work_put, &i));
        store_do(other, s->pool, apr_psprintf(s->pool, "CREATE TABLE other%d (x INTEGER)", i));
    }
    assert_ok(as_db_read(s->db, s->pool, work_read, NULL));
    assert_int_equal(store_number(s->db, s->pool, COUNT), 3);
    assert_int_equal(store_logged(AS_LOG_ERR, ""), 0);
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_BARE(failures_are_classified_and_rolled_back),
        CASE_BARE(rejected_work_is_rolled_back),
        CASE_BARE(separate_statements_stay_on_postgresql),
        CASE_BARE(unfinished_unit_is_rolled_back),
        CASE_ON(unit_is_repeated_after_a_killed_backend, PGSQL),
        CASE_ON(read_is_repeated_after_a_killed_backend, PGSQL),
        CASE_ON(unit_is_not_repeated_after_a_lost_commit, PGSQL),
        CASE_ON(stopped_backend_fails_within_the_timeout, PGSQL),
        CASE_ON(watchdog_wakes_for_the_next_call, PGSQL),
        CASE_ON(unit_is_repeated_after_a_server_crash, PGSQL),
        CASE_ON(unit_is_repeated_after_a_conflict, PGSQL),
        CASE_BARE(unit_is_repeated_after_a_schema_change),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
