/* SPDX-License-Identifier: Apache-2.0 */
/* Missing databases and busy connections. */
#include "store_samples.h"
#include "store_support.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLE "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v TEXT NOT NULL)"
#define MS ((apr_interval_time_t)1000)

/* Upper limit of waits that are bounded by far less, on a machine under load: a wait without a
 * bound takes longer than any limit. */
#define ENDLESS (10 * 1000 * MS)

static const as_stmt_t select_all = {"SELECT id, v FROM t ORDER BY id", NULL};

static apr_time_t since(apr_time_t start)
{
    return apr_time_now() - start;
}

static apr_status_t work_read(as_tx_t *tx, void *baton)
{
    as_rows_t *rows;

    (void)baton;
    return as_stmt_query(tx, &select_all, &rows);
}

static void missing_database_fails_fast_and_is_retried(store_t *s)
{
    as_db_t *db = store_open(s, store_missing(s), NULL);
    apr_time_t start = apr_time_now();

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(as_db_read(db, s->pool, work_read, NULL), APR_EAGAIN);
        assert_int_equal(as_db_write(db, s->pool, work_read, NULL), APR_EAGAIN);
    }
    assert_in_range(since(start), 0, ENDLESS);
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 1);
    usleep(1100 * 1000);
    assert_int_equal(as_db_read(db, s->pool, work_read, NULL), APR_EAGAIN);
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 1);
    store_make_missing(s);
    usleep(1100 * 1000);
    store_do(db, s->pool, TABLE);
    assert_ok(as_db_read(db, s->pool, work_read, NULL));
    assert_int_equal(store_logged(AS_LOG_NOTICE, "reached again"), 1);
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 2);
}

/* libpq quotes malformed connection strings. */
static void malformed_params_show_no_password(store_t *s)
{
    static const char *const params[] = {
        "host=127.0.0.1 password=hunter2 hunter3",
        "hunter2",
        "host=127.0.0.1 password='hunter2",
        "host=127.0.0.1 hunter2=x",
        "postgresql://web:hunter2@[::1/x",
        "postgresql://web:hunter2@127.0.0.1/x?a",
        "postgresql://web:hunter%2@127.0.0.1/x",
        "postgresql://web:x@hunter2@127.0.0.1/x",
        "postgresql://web:hunter2@127.0.0.1/x?a=b=c",
        "postgresql://web:hunter2/x@127.0.0.1/x",
        "host=127.0.0.1 port=hunter2",
    };
    int count = (int)(sizeof(params) / sizeof(params[0]));

    for (int i = 0; i < count; i++) {
        as_db_t *db = store_open(s, params[i], NULL);

        assert_int_equal(as_db_read(db, s->pool, work_read, NULL), APR_EAGAIN);
    }
    assert_int_equal(store_logged(AS_LOG_DEBUG, "no valid connection string"), count);
    assert_int_equal(store_logged(AS_LOG_DEBUG, "hunter"), 0);
}

enum { HELD = 2500 /* ms; a unit waits 200 */ };

static void *hold_the_slot(void *data)
{
    store_t *s = data;
    apr_pool_t *p;
    apr_status_t rv;

    apr_pool_create(&p, NULL);
    rv = as_db_read(s->db, p, store_pause, (void *)(uintptr_t)(HELD * MS));
    apr_pool_destroy(p);
    return (void *)(uintptr_t)rv;
}

static void full_pool_times_out(store_t *s)
{
    const as_db_options_t one = {.slots = 1};
    store_t narrow = *s;
    pthread_t thread;
    apr_time_t start;
    void *rv;

    narrow.db = store_open(s, NULL, &one);
    pthread_create(&thread, NULL, hold_the_slot, &narrow);
    usleep(100 * 1000);
    start = apr_time_now();
    assert_int_equal(as_db_read(narrow.db, s->pool, store_pause, NULL), APR_EAGAIN);
    assert_in_range(since(start), 190 * MS, (HELD - 500) * MS);
    assert_int_equal(as_db_read(narrow.db, s->pool, store_pause, NULL), APR_EAGAIN);
    assert_int_equal(store_logged(AS_LOG_INFO, "are busy"), 1);
    pthread_join(thread, &rv);
    assert_null(rv);
    assert_ok(as_db_read(narrow.db, s->pool, store_pause, NULL));
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_BARE(missing_database_fails_fast_and_is_retried),
        CASE_ON(malformed_params_show_no_password, PGSQL),
        CASE_BARE(full_pool_times_out),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
