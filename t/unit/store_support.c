/* SPDX-License-Identifier: Apache-2.0 */
#include "store_support.h"

#include <apr_general.h>
#include <apr_global_mutex.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/source.h"
#include "postgres_cluster.h"
#include "store/schema.h"

enum { TOO_LONG = 300 /* s */, SLOTS = 8, LOG_LINES = 256, LOG_BYTES = 1024 };

static const char *const driver_names[DRIVERS] = {"sqlite3", "pgsql"};
static char directory[] = "/tmp/authsms-store-XXXXXX";
static const char *pg_host;
static apr_pool_t *root;
static apr_global_mutex_t *writers;
static int serial;

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_lines[LOG_LINES][LOG_BYTES];
static as_log_level_t log_levels[LOG_LINES];
static int log_count;

static int log_enabled(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_INFO;
}

static void log_write(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    (void)ctx;
    (void)rv;
    pthread_mutex_lock(&log_lock);
    if (getenv("STORE_LOG")) {
        fprintf(stderr, "# %d %s\n", (int)level, message);
    }
    if (log_count < LOG_LINES) {
        snprintf(log_lines[log_count], LOG_BYTES, "%s", message);
        log_levels[log_count++] = level;
    }
    pthread_mutex_unlock(&log_lock);
}

int store_logged(as_log_level_t level, const char *part)
{
    int n = 0;

    pthread_mutex_lock(&log_lock);
    for (int i = 0; i < log_count; i++) {
        n += log_levels[i] <= level && strstr(log_lines[i], part) != NULL;
    }
    pthread_mutex_unlock(&log_lock);
    return n;
}

static apr_status_t lock_writers(void *ctx)
{
    return apr_global_mutex_lock(ctx);
}

static void unlock_writers(void *ctx)
{
    apr_global_mutex_unlock(ctx);
}

as_db_t *store_open(store_t *s, const char *params, const as_db_options_t *options)
{
    as_db_options_t o = options ? *options : (as_db_options_t){0};
    as_source_direct_options_t direct;
    as_db_t *db = NULL;

    o.slots = o.slots ? o.slots : SLOTS;
    o.log = &s->log;
    if (s->driver == SQLITE) {
        o.writer_lock = lock_writers;
        o.writer_unlock = unlock_writers;
        o.writer_ctx = writers;
    }
    direct = (as_source_direct_options_t){
        .driver = driver_names[s->driver],
        .params = params ? params : s->params,
        .max = o.slots,
        .max_age = s->max_age,
        .background = s->background,
        .init = s->init,
        .log = &s->log,
    };
    assert_ok(as_source_create_direct(s->pool, &direct, &o.source));
    assert_ok(as_db_create(s->pool, &o, &db));
    return db;
}

const char *store_missing(store_t *s)
{
    return s->driver == SQLITE
               ? apr_psprintf(s->pool, "%s/missing%d/db", directory, serial)
               : apr_psprintf(s->pool, "host=%s user=postgres dbname=missing%d connect_timeout=10",
                              pg_host, serial);
}

void store_make_missing(store_t *s)
{
    if (s->driver == SQLITE) {
        apr_dir_make(apr_psprintf(s->pool, "%s/missing%d", directory, serial), APR_OS_DEFAULT,
                     s->pool);
    } else {
        as_source_direct_options_t direct = {.driver = "pgsql", .params = s->params, .max = 1};
        as_source_t source;
        as_source_loan_t h;
        int rows;

        /* CREATE DATABASE cannot stand in a unit's transaction. */
        assert_ok(as_source_create_direct(s->pool, &direct, &source));
        assert_ok(source.borrow(source.ctx, s->pool, 0, &h));
        assert_int_equal(apr_dbd_query(h.driver, h.handle, &rows,
                                       apr_psprintf(s->pool, "CREATE DATABASE missing%d", serial)),
                         0);
        source.give_back(source.ctx, &h, AS_SOURCE_KEEP);
    }
}

void store_crash(void)
{
    cluster_stop(SIGQUIT);
    assert_true(cluster_start());
}

static apr_status_t run_text(as_tx_t *tx, void *baton)
{
    return as_stmt_run_text(tx, baton);
}

void store_do(as_db_t *db, apr_pool_t *p, const char *sql)
{
    assert_ok(as_db_write(db, p, run_text, (void *)(uintptr_t)sql));
}

typedef struct number_t {
    as_stmt_t *stmt;
    apr_int64_t value;
} number_t;

static apr_status_t ask_number(as_tx_t *tx, void *baton)
{
    number_t *n = baton;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, n->stmt, &rows);

    n->value = rv == APR_SUCCESS && as_rows_count(rows) ? as_rows_int(rows, 0, 0) : -1;
    return rv;
}

apr_int64_t store_number(as_db_t *db, apr_pool_t *p, const char *sql)
{
    /* Statements are kept by their address: it must not be another's later. */
    number_t n = {apr_pcalloc(root, sizeof(as_stmt_t)), -1};

    n.stmt->sqlite = apr_pstrdup(root, sql);
    assert_ok(as_db_read(db, p, ask_number, &n));
    return n.value;
}

typedef struct racer_t {
    store_t *store;
    apr_status_t (*one)(store_t *s, apr_pool_t *p);
    apr_pool_t *pool;
    pthread_barrier_t *start;
    apr_status_t rv;
} racer_t;

static void *racer(void *data)
{
    racer_t *r = data;

    pthread_barrier_wait(r->start);
    r->rv = r->one(r->store, r->pool);
    return NULL;
}

int store_race(store_t *s, int n, apr_status_t (*one)(store_t *s, apr_pool_t *p),
               apr_status_t expected, int *other)
{
    racer_t *racers = apr_pcalloc(s->pool, sizeof(*racers) * (size_t)n);
    pthread_t *threads = apr_pcalloc(s->pool, sizeof(*threads) * (size_t)n);
    pthread_barrier_t start;
    int won = 0, rest = 0;

    pthread_barrier_init(&start, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        racers[i] = (racer_t){s, one, NULL, &start, APR_EGENERAL};
        apr_pool_create(&racers[i].pool, s->pool);
        assert_int_equal(pthread_create(&threads[i], NULL, racer, &racers[i]), 0);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        apr_pool_destroy(racers[i].pool);
        won += racers[i].rv == APR_SUCCESS;
        rest += racers[i].rv != APR_SUCCESS && racers[i].rv != expected;
    }
    pthread_barrier_destroy(&start);
    if (other) {
        *other = rest;
    }
    return won;
}

typedef struct bound_case_t {
    const store_case_t *store_case;
    driver_t driver;
} bound_case_t;

static void run_case(void **state)
{
    const bound_case_t *b = *state;
    const as_db_options_t patient = {.wait = apr_time_from_sec(60)};
    store_t s = {.driver = b->driver, .log = {log_enabled, log_write, NULL}};

    serial++;
    log_count = 0;
    apr_pool_create(&s.pool, root);
    if (b->driver == SQLITE) {
        s.params = apr_psprintf(s.pool, "%s/%d.db", directory, serial);
    } else {
        as_db_t *admin;

        s.params = apr_psprintf(s.pool, "host=%s user=postgres dbname=postgres connect_timeout=10",
                                pg_host);
        admin = store_open(&s, NULL, NULL);
        store_do(admin, s.pool, apr_psprintf(s.pool, "CREATE SCHEMA t%d", serial));
        s.params = apr_psprintf(s.pool, "%s options='-c search_path=t%d'", s.params, serial);
    }
    s.options = patient;
    s.db = store_open(&s, NULL, &patient);
    if (!b->store_case->bare) {
        as_schema_state_t made;
        int busy;

        assert_ok(as_schema_ensure(s.db, s.pool, &as_schema_plan, &made, &busy));
    }
    b->store_case->run(&s);
    apr_pool_destroy(s.pool);
}

static int set_up(void)
{
    if (!mkdtemp(directory) ||
        apr_global_mutex_create(&writers, NULL, APR_LOCK_DEFAULT, root) != APR_SUCCESS) {
        return 0;
    }
    pg_host = cluster_make(directory);
    if (!pg_host) {
        fprintf(stderr, "# no PostgreSQL is installed: the cases run on SQLite only\n");
    }
    return 1;
}

static int tear_down(void **state)
{
    (void)state;
    cluster_stop(SIGINT);
    return system(apr_pstrcat(root, "rm -rf ", directory, NULL));
}

static int runs_on(const store_case_t *c, driver_t driver)
{
    return (!c->drivers || c->drivers & 1 << driver) && (driver != PGSQL || pg_host);
}

int store_run(const store_case_t *cases, int n)
{
    struct CMUnitTest *tests;
    int count = 0, failed = 1;

    alarm(TOO_LONG);
    apr_initialize();
    apr_pool_create(&root, NULL);
    tests = apr_pcalloc(root, sizeof(*tests) * (size_t)(n * DRIVERS));
    if (set_up()) {
        for (int i = 0; i < n * DRIVERS; i++) {
            bound_case_t *b = apr_palloc(root, sizeof(*b));

            *b = (bound_case_t){&cases[i / DRIVERS], (driver_t)(i % DRIVERS)};
            if (runs_on(b->store_case, b->driver)) {
                const char *name =
                    apr_psprintf(root, "%s on %s", b->store_case->name, driver_names[b->driver]);

                tests[count++] = (struct CMUnitTest){name, run_case, NULL, NULL, b};
            }
        }
        failed = _cmocka_run_group_tests("store", tests, (size_t)count, NULL, tear_down);
    }
    apr_pool_destroy(root);
    apr_terminate();
    return failed;
}

typedef struct body_t {
    void (*run)(as_tx_t *tx);
} body_t;

static apr_status_t run_body(as_tx_t *tx, void *baton)
{
    ((body_t *)baton)->run(tx);
    return APR_SUCCESS;
}

void store_in_unit(store_t *s, void (*run)(as_tx_t *tx))
{
    body_t body = {run};

    assert_ok(as_db_write(s->db, s->pool, run_body, &body));
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 0);
}

apr_status_t store_pause(as_tx_t *tx, void *baton)
{
    static const as_stmt_t backend = {"SELECT 0", "SELECT pg_backend_pid()"};
    as_rows_t *rows;

    usleep((useconds_t)(uintptr_t)baton);
    return as_stmt_query(tx, &backend, &rows);
}

void assert_same_user(const as_user_t *a, const as_user_t *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->username, b->username);
    assert_string_equal(a->username_key, b->username_key);
    assert_string_equal(a->password, b->password);
    assert_string_equal(a->mobile_given, b->mobile_given);
    assert_string_equal(a->mobile, b->mobile);
    assert_string_equal(a->country, b->country);
    assert_true(a->remote_id == b->remote_id || !strcmp(a->remote_id, b->remote_id));
    assert_int_equal(a->verified, b->verified);
    assert_int_equal(a->locked, b->locked);
    assert_int_equal(a->created_at, b->created_at);
    assert_int_equal(a->updated_at, b->updated_at);
    assert_int_equal(a->last_login, b->last_login);
    assert_int_equal(a->valid_from, b->valid_from);
    assert_int_equal(a->proved_at, b->proved_at);
    assert_int_equal(a->pending_until, b->pending_until);
    assert_int_equal(a->sms_factor, b->sms_factor);
}
