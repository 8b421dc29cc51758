/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: values, rows and errors, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <sys/wait.h>

#define TABLE "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v TEXT NOT NULL)"

static const as_stmt_t insert = {"INSERT INTO t (id, v) VALUES (%d, %s)", NULL};

static const as_stmt_t insert_returning = {"INSERT INTO t (id, v) VALUES (%d, %s) RETURNING id",
                                           NULL};

static const as_stmt_t select_all = {"SELECT id, v FROM t ORDER BY id", NULL};

static apr_status_t put(as_tx_t *tx, int id)
{
    return as_stmt_exec(tx, &insert, NULL, &id, "secret value");
}

static apr_status_t work_round_trip(as_tx_t *tx, void *baton)
{
    static const as_stmt_t ask = {"SELECT CAST(%s AS TEXT), CAST(%lld AS BIGINT), CAST(%d AS "
                                  "INTEGER), CAST(%s AS TEXT), '5%%'",
                                  NULL};
    static const char *const text = "ë ☎ 日本 %s \\ ' \" ; -- $1 ? \t \n";
    static const apr_int64_t numbers[] = {APR_INT64_MIN, -1, 0, APR_INT64_MAX};

    (void)baton;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        as_rows_t *rows;
        int n = -7;

        assert_ok(as_stmt_query(tx, &ask, &rows, text, &numbers[i], &n, NULL));
        assert_int_equal(as_rows_count(rows), 1);
        assert_string_equal(as_rows_text(rows, 0, 0), text);
        assert_true(as_rows_int(rows, 0, 1) == numbers[i]);
        assert_int_equal(as_rows_int(rows, 0, 2), -7);
        assert_null(as_rows_text(rows, 0, 3));
        assert_int_equal(as_rows_int(rows, 0, 3), 0);
        assert_string_equal(as_rows_text(rows, 0, 4), "5%");
    }
    return APR_SUCCESS;
}

static void values_are_stored_and_read_unchanged(store_t *s)
{
    assert_ok(as_db_read(s->db, s->pool, work_round_trip, NULL));
    assert_ok(as_db_write(s->db, s->pool, work_round_trip, NULL));
}

static apr_status_t work_many_rows(as_tx_t *tx, void *baton)
{
    as_rows_t *rows, *empty;

    (void)baton;
    assert_ok(as_stmt_query(tx, &select_all, &empty));
    for (int i = 0; i < 100; i++) {
        assert_ok(put(tx, i));
    }
    assert_ok(as_stmt_query(tx, &select_all, &rows));
    assert_int_equal(as_rows_count(empty), 0);
    assert_int_equal(as_rows_count(rows), 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(as_rows_int(rows, i, 0), i);
        assert_string_equal(as_rows_text(rows, i, 1), "secret value");
    }
    return APR_SUCCESS;
}

static void all_rows_are_fetched(store_t *s)
{
    store_do(s->db, s->pool, TABLE);
    assert_ok(as_db_write(s->db, s->pool, work_many_rows, NULL));
}

static apr_status_t work_unique(as_tx_t *tx, void *baton)
{
    const as_stmt_t *stmt = baton;
    as_rows_t *rows;
    int id = 1;

    return stmt == &insert ? as_stmt_exec(tx, stmt, NULL, &id, "secret value")
                           : as_stmt_query(tx, stmt, &rows, &id, "secret value");
}

static void failed_statements_return_the_reason(store_t *s)
{
    const as_stmt_t *const stmts[] = {&insert, &insert_returning};

    store_do(s->db, s->pool, TABLE);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(as_db_write(s->db, s->pool, work_unique, (void *)(uintptr_t)stmts[i % 2]),
                         i ? APR_EEXIST : APR_SUCCESS);
    }
    store_do(s->db, s->pool, "DROP TABLE t");
    assert_int_equal(as_db_write(s->db, s->pool, work_unique, (void *)(uintptr_t)&insert),
                     APR_EAGAIN);
    assert_int_equal(store_logged(AS_LOG_ERR, "the database failed with"), 1);
    assert_int_equal(store_logged(AS_LOG_INFO, "secret"), 0);
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_BARE(values_are_stored_and_read_unchanged),
        CASE_BARE(all_rows_are_fetched),
        CASE_BARE(failed_statements_return_the_reason),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
