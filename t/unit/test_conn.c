/* SPDX-License-Identifier: Apache-2.0 */
/* Faulty connections, and units of work that are open at exit. */
#include "store_support.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define TABLE "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY)"
#define COUNT "SELECT count(*) FROM t"
#define INSERT "INSERT INTO t (id) VALUES (1)"
#define MS ((apr_interval_time_t)1000)

static apr_status_t work_run(as_tx_t *tx, void *baton)
{
    return as_stmt_run_text(tx, baton);
}

/* Another module begins something on its connection, and gives it back. */
static apr_status_t work_leave_open(as_tx_t *tx, void *baton)
{
    apr_status_t rv = as_stmt_run_text(tx, "BEGIN");

    return rv == APR_SUCCESS ? as_stmt_run_text(tx, baton) : rv;
}

static apr_status_t leave_open(store_t *s, const char *sql)
{
    return as_db_read(s->db, s->pool, work_leave_open, (void *)(uintptr_t)sql);
}

enum { SILENCE = 6000 /* ms, unless the test is over before */, TAKEN_MAX = 16 };

typedef struct mute_t {
    int listener, over[2], taken;
    int refuses; /* each statement, as pgbouncer does while no server takes connections */
} mute_t;

/* A pooler is like that: connections are its own, answers are the server's behind it. */
static void *be_mute(void *data)
{
    static const char welcome[] = "R\0\0\0\10\0\0\0\0"
                                  "S\0\0\0\26server_version\00015\0"
                                  "Z\0\0\0\5I";
    /* pgbouncer 1.18: an ErrorResponse, and the connection is closed */
    static const char no_server[] = "E\0\0\0\50SFATAL\0C08P01\0Mno server available\0";
    mute_t *mute = data;
    struct pollfd fds[2] = {{mute->listener, POLLIN, 0}, {mute->over[0], POLLIN, 0}};
    int taken[TAKEN_MAX];
    char startup[1024];

    while (mute->taken < TAKEN_MAX && poll(fds, 2, SILENCE) > 0 && !fds[1].revents) {
        int fd = accept(mute->listener, NULL, NULL);

        if (read(fd, startup, sizeof(startup)) <= 0 ||
            write(fd, welcome, sizeof(welcome) - 1) != (ssize_t)sizeof(welcome) - 1) {
            break;
        }
        taken[mute->taken++] = fd;
        if (mute->refuses && (read(fd, startup, sizeof(startup)) <= 0 ||
                              write(fd, no_server, sizeof(no_server)) != sizeof(no_server) ||
                              shutdown(fd, SHUT_RDWR))) {
            break;
        }
    }
    for (int i = 0; i < mute->taken; i++) {
        close(taken[i]);
    }
    return NULL;
}

static int listen_somewhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, TAKEN_MAX), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static as_db_t *open_mute(store_t *s, mute_t *mute, pthread_t *thread,
                          const as_db_options_t *options)
{
    int port;

    mute->listener = listen_somewhere(&port);
    assert_int_equal(pipe(mute->over), 0);
    assert_int_equal(pthread_create(thread, NULL, be_mute, mute), 0);
    return store_open(s,
                      apr_psprintf(s->pool,
                                   "host=127.0.0.1 port=%d dbname=x user=x connect_timeout=2"
                                   " sslmode=disable gssencmode=disable",
                                   port),
                      options);
}

static void end_mute(mute_t *mute, pthread_t thread)
{
    close(mute->over[1]);
    pthread_join(thread, NULL);
    close(mute->listener);
}

static const char select_one[] = "SELECT 1";

static void silent_server_fails_within_the_timeout(store_t *s)
{
    const as_db_options_t quick = {.bound = 300 * MS};
    mute_t mute = {.taken = 0};
    pthread_t thread;
    as_db_t *db = open_mute(s, &mute, &thread, &quick);
    apr_time_t start;

    start = apr_time_now();
    assert_int_equal(as_db_write(db, s->pool, work_run, (void *)(uintptr_t)select_one), APR_EAGAIN);
    assert_in_range(apr_time_now() - start, 0, 4000 * MS);
    end_mute(&mute, thread);
    assert_in_range(mute.taken, 1, TAKEN_MAX);
}

/* DBDInitSQL gets no answer: another connection is opened all the same. */
static void unanswered_init_sql_fails_within_the_timeout(store_t *s)
{
    store_t mine = *s;
    mute_t mute = {.taken = 0};
    pthread_t thread;
    as_db_t *db;

    mine.background = 1;
    mine.init = apr_array_make(s->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(mine.init, const char *) = "SET lock_timeout = 1000";
    db = open_mute(&mine, &mute, &thread, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(as_db_write(db, s->pool, work_run, (void *)(uintptr_t) "SELECT 1"),
                         APR_EAGAIN);
        usleep(600 * 1000);
    }
    end_mute(&mute, thread);
    assert_in_range(mute.taken, 2, TAKEN_MAX);
}

/* It is probed once in 500 ms, by one unit; the others return at once. One line in the log. */
static void pooler_without_server_is_unreachable(store_t *s)
{
    mute_t mute = {.refuses = 1};
    pthread_t thread;
    as_db_t *db = open_mute(s, &mute, &thread, NULL);

    for (int i = 0; i < 200; i++) {
        assert_int_equal(as_db_write(db, s->pool, work_run, (void *)(uintptr_t)select_one),
                         APR_EAGAIN);
        usleep(5000);
    }
    end_mute(&mute, thread);
    assert_in_range(mute.taken, 2, TAKEN_MAX - 1);
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 1);
    assert_int_equal(store_logged(AS_LOG_ERR, "SQLSTATE 08P01"), 1);
}

static apr_status_t work_backend(as_tx_t *tx, void *baton)
{
    static const as_stmt_t pid = {"SELECT pg_backend_pid()", NULL};
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &pid, &rows);

    *(apr_int64_t *)baton = rv == APR_SUCCESS ? as_rows_int(rows, 0, 0) : 0;
    return rv;
}

static apr_int64_t backend_of(as_db_t *db, apr_pool_t *p)
{
    apr_int64_t pid;

    assert_ok(as_db_read(db, p, work_backend, &pid));
    return pid;
}

/* Two connections are there, one within the other's unit: tests may do that. */
typedef struct pair_t {
    as_db_t *db;
    apr_pool_t *pool;
    apr_int64_t outer, inner;
} pair_t;

static apr_status_t work_pair(as_tx_t *tx, void *baton)
{
    pair_t *pair = baton;
    apr_status_t rv = work_backend(tx, &pair->outer);

    pair->inner = backend_of(pair->db, pair->pool);
    return rv;
}

static void terminate(store_t *s, apr_int64_t pid)
{
    assert_int_equal(store_number(s->db, s->pool,
                                  apr_psprintf(s->pool,
                                               "SELECT CAST(pg_terminate_backend(%" APR_INT64_T_FMT
                                               ", 5000) AS int)",
                                               pid)),
                     1);
}

static void lost_connection_ends_the_older_ones(store_t *s)
{
    pair_t before = {store_open(s, NULL, NULL), s->pool, 0, 0};
    pair_t after = before;

    assert_ok(as_db_read(before.db, s->pool, work_pair, &before));
    terminate(s, before.outer);
    assert_ok(as_db_read(after.db, s->pool, work_pair, &after));
    assert_true(after.outer != before.inner && after.inner != before.inner);
    assert_int_equal(store_logged(AS_LOG_ERR, ""), 0);
}

static void expired_connection_is_not_used(store_t *s)
{
    store_t mine = *s;
    apr_int64_t first;
    as_db_t *db;

    mine.max_age = 2000 * MS;
    db = store_open(&mine, NULL, NULL);
    first = backend_of(db, s->pool);
    assert_int_equal(backend_of(db, s->pool), first);
    usleep(2050 * 1000);
    assert_true(backend_of(db, s->pool) != first);
}

/* It is replaced before somebody needs it. */
static void idle_connection_is_replaced_in_the_background(store_t *s)
{
    const char *still_there, *others;
    store_t mine = *s;
    apr_int64_t first, number = 1;
    as_db_t *db;

    mine.max_age = 1000 * MS;
    mine.background = 1;
    db =
        store_open(&mine, apr_pstrcat(s->pool, s->params, " application_name=renewed", NULL), NULL);
    first = backend_of(db, s->pool);
    still_there = apr_psprintf(
        s->pool, "SELECT count(*) FROM pg_stat_activity WHERE pid = %" APR_INT64_T_FMT, first);
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
             " AND application_name = 'renewed'";
    for (int i = 0; i < 200 && number; i++) {
        usleep(50 * 1000);
        number =
            store_number(s->db, s->pool, still_there) || store_number(s->db, s->pool, others) != 1;
    }
    assert_int_equal(number, 0);
    assert_true(backend_of(db, s->pool) != first);
}

static apr_status_t work_missing(as_tx_t *tx, void *baton)
{
    static const as_stmt_t pid = {"SELECT pg_backend_pid()", NULL};
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &pid, &rows);

    ++*(int *)baton;
    return rv == APR_SUCCESS ? APR_ENOENT : rv;
}

/* What an old connection does not find may be on the server that took over. */
static void missing_row_is_read_again_on_a_new_connection(store_t *s)
{
    as_db_t *db = store_open(s, NULL, NULL);
    apr_int64_t first = backend_of(db, s->pool);
    int runs = 0;

    assert_int_equal(as_db_read_confirmed(db, s->pool, work_missing, &runs), APR_ENOENT);
    assert_int_equal(runs, 1);
    usleep(2100 * 1000);
    runs = 0;
    assert_int_equal(as_db_read(db, s->pool, work_missing, &runs), APR_ENOENT);
    assert_int_equal(runs, 1);
    assert_int_equal(backend_of(db, s->pool), first);
    assert_int_equal(as_db_read_confirmed(db, s->pool, work_missing, &runs), APR_ENOENT);
    assert_int_equal(runs, 3);
    runs = 0;
    assert_int_equal(as_db_write_confirmed(db, s->pool, work_missing, &runs), APR_ENOENT);
    assert_int_equal(runs, 1);
}

static void foreign_transaction_is_rolled_back(store_t *s)
{
    const as_db_options_t one = {.slots = 1};
    store_t narrow = *s;

    narrow.db = store_open(s, NULL, &one);
    store_do(narrow.db, s->pool, TABLE);
    assert_ok(leave_open(&narrow, INSERT));
    store_do(narrow.db, s->pool, "INSERT INTO t (id) VALUES (2)");
    assert_int_equal(store_number(s->db, s->pool, COUNT), 1);
    assert_int_equal(leave_open(&narrow, "INSERT INTO t (id) VALUES (2)"), APR_EEXIST);
    assert_int_equal(store_number(narrow.db, s->pool, COUNT), 1);
    assert_int_equal(store_logged(AS_LOG_WARNING, "rolled back"), 2);
}

static apr_status_t work_isolation(as_tx_t *tx, void *baton)
{
    static const as_stmt_t show = {"SHOW transaction_isolation", NULL};
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &show, &rows);

    *(const char **)baton = rv == APR_SUCCESS ? as_rows_text(rows, 0, 0) : NULL;
    return rv;
}

/* The statements are right under this one; with a stricter one they fail where others wait. */
static void isolation_level_of_the_role_is_overridden(store_t *s)
{
    const char *isolation = NULL;
    const char *sql = "ALTER ROLE postgres SET default_transaction_isolation = serializable";

    store_do(s->db, s->pool, sql);
    assert_ok(as_db_write(store_open(s, NULL, NULL), s->pool, work_isolation, &isolation));
    assert_string_equal(isolation, "read committed");
    store_do(s->db, s->pool, "ALTER ROLE postgres RESET default_transaction_isolation");
}

/* A server that was the primary answers on, and every connection that was made to it stays there.
 */
static void read_only_server_is_abandoned(store_t *s)
{
    const as_db_options_t one = {.slots = 1};
    as_db_t *db = store_open(s, NULL, &one);

    store_do(s->db, s->pool, TABLE);
    store_do(s->db, s->pool, "ALTER ROLE postgres SET default_transaction_read_only = on");
    assert_int_equal(store_number(db, s->pool, COUNT), 0);
    assert_int_equal(as_db_write(db, s->pool, work_run, (void *)(uintptr_t)INSERT), APR_EAGAIN);
    assert_int_equal(store_number(db, s->pool, COUNT), 0);
    store_do(s->db, s->pool, "ALTER ROLE postgres RESET default_transaction_read_only");
    assert_ok(as_db_write(db, s->pool, work_run, (void *)(uintptr_t)INSERT));
    assert_int_equal(store_number(s->db, s->pool, COUNT), 1);
}

typedef struct last_t {
    as_db_t *db;
    as_db_work_fn *work;
    _Atomic pid_t backend;
    apr_status_t rv;
} last_t;

static apr_status_t work_slowly(as_tx_t *tx, void *baton)
{
    last_t *last = baton;

    last->backend = 1;
    usleep(300 * 1000);
    return as_stmt_run_text(tx, INSERT);
}

static apr_status_t work_on_a_stopped_server(as_tx_t *tx, void *baton)
{
    static const as_stmt_t pid = {"SELECT pg_backend_pid()", NULL};
    last_t *last = baton;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &pid, &rows);

    if (rv == APR_SUCCESS) {
        assert_int_equal(kill((pid_t)as_rows_int(rows, 0, 0), SIGSTOP), 0);
        last->backend = (pid_t)as_rows_int(rows, 0, 0);
        rv = as_stmt_query(tx, &pid, &rows);
    }
    return rv;
}

static void *work_in_the_background(void *data)
{
    last_t *last = data;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    last->rv = as_db_write(last->db, p, last->work, last);
    apr_pool_destroy(p);
    return NULL;
}

/* What became of the unit, and how long the end took. */
static apr_status_t end_during(store_t *s, as_db_work_fn *work, apr_interval_time_t *took)
{
    const as_db_options_t patient = {.bound = apr_time_from_sec(60)};
    store_t mine = *s;
    last_t last = {NULL, work, 0, APR_EGENERAL};
    pthread_t thread;
    apr_time_t start;

    apr_pool_create(&mine.pool, s->pool);
    last.db = store_open(&mine, NULL, &patient);
    assert_int_equal(pthread_create(&thread, NULL, work_in_the_background, &last), 0);
    while (!last.backend) {
        usleep(1000);
    }
    usleep(50 * 1000);
    start = apr_time_now();
    apr_pool_destroy(mine.pool);
    *took = apr_time_now() - start;
    pthread_join(thread, NULL);
    if (last.backend > 1) {
        kill(last.backend, SIGCONT);
    }
    return last.rv;
}

static void shutdown_waits_for_open_units(store_t *s)
{
    apr_interval_time_t took;

    store_do(s->db, s->pool, TABLE);
    assert_ok(end_during(s, work_slowly, &took));
    assert_in_range(took, 150 * MS, 5000 * MS);
    assert_int_equal(store_number(s->db, s->pool, COUNT), 1);
}

static void shutdown_interrupts_a_hanging_unit(store_t *s)
{
    apr_interval_time_t took;

    assert_int_equal(end_during(s, work_on_a_stopped_server, &took), APR_EAGAIN);
    assert_in_range(took, 900 * MS, 5000 * MS);
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_BARE(shutdown_waits_for_open_units),
        CASE_ON(shutdown_interrupts_a_hanging_unit, PGSQL),
        CASE_ON(silent_server_fails_within_the_timeout, PGSQL),
        CASE_ON(unanswered_init_sql_fails_within_the_timeout, PGSQL),
        CASE_ON(pooler_without_server_is_unreachable, PGSQL),
        CASE_ON(lost_connection_ends_the_older_ones, PGSQL),
        CASE_ON(expired_connection_is_not_used, PGSQL),
        CASE_ON(idle_connection_is_replaced_in_the_background, PGSQL),
        CASE_ON(missing_row_is_read_again_on_a_new_connection, PGSQL),
        CASE_BARE(foreign_transaction_is_rolled_back),
        CASE_ON(isolation_level_of_the_role_is_overridden, PGSQL),
        CASE_ON(read_only_server_is_abandoned, PGSQL),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
