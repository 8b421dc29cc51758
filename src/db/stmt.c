/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: prepared once a connection, without a label (they survive a reconnect), and results.
 */
#include "db/private.h"

#include <apr_strings.h>
#include <apr_tables.h>

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"

enum { PARAMETERS_MAX = 24, SQLITE_BUSY = 5 };
enum { SHORTEST = 100 * 1000 /* µs, for a call */ };

typedef struct prepared_t {
    const as_stmt_t *stmt; /* the key */
    const char *sql;
    apr_dbd_prepared_t *handle;
    int parameters;
} prepared_t;

struct as_rows_t {
    int count;
    int columns;
    apr_array_header_t *fields; /* const char *, row by row */
};

static void enter(as_tx_t *tx)
{
    if (tx->conn->pgsql) {
        apr_interval_time_t left = tx->repeated ? tx->ends_by - as_clock_monotonic() : 0;

        as_watchdog_enter(tx->db->watchdog, &tx->call, tx->conn,
                          tx->repeated && left < SHORTEST ? SHORTEST : left);
    }
}

static void leave(as_tx_t *tx)
{
    if (tx->conn->pgsql) {
        as_watchdog_leave(tx->db->watchdog, &tx->call);
    }
}

apr_status_t as_tx_note_fault(as_tx_t *tx, int ret, const char *sql)
{
    if (tx->fault != AS_FAULT_NONE) {
        return tx->status;
    }
    tx->fault = as_fault_classify(tx->scratch, &tx->h, tx->conn, ret, &tx->code);
    tx->sql = sql;
    switch (tx->fault) {
    case AS_FAULT_UNIQUE:
        tx->status = APR_EEXIST;
        break;
    case AS_FAULT_REFERENCE:
        tx->status = APR_ENOENT;
        break;
    default:
        tx->status = APR_EAGAIN;
        break;
    }
    return tx->status;
}

void as_tx_clear_fault(as_tx_t *tx)
{
    tx->fault = AS_FAULT_NONE;
    tx->status = APR_SUCCESS;
    tx->call.cut = 0;
}

int as_tx_run_command(as_tx_t *tx, const char *sql)
{
    int rows, ret;

    enter(tx);
    ret = apr_dbd_query(tx->h.driver, tx->h.handle, &rows, sql);
    leave(tx);
    return ret;
}

apr_status_t as_stmt_run_text(as_tx_t *tx, const char *sql)
{
    int ret = tx->fault == AS_FAULT_NONE ? as_tx_run_command(tx, sql) : 0;

    return ret ? as_tx_note_fault(tx, ret, sql) : tx->status;
}

static int parameters_of(const char *sql)
{
    int n = 0;

    for (; (sql = strchr(sql, '%')); sql++) {
        if (sql[1] == '%') {
            sql++;
        } else {
            n++;
        }
    }
    return n;
}

/* NULL: it could not be, or the unit has failed before; tx->status tells. */
static const prepared_t *prepare(as_tx_t *tx, const as_stmt_t *stmt)
{
    const char *sql = tx->conn->pgsql && stmt->pgsql ? stmt->pgsql : stmt->sqlite;
    apr_dbd_prepared_t *handle = NULL;
    prepared_t *prepared;
    int ret;

    if (tx->fault != AS_FAULT_NONE) {
        return NULL;
    }
    prepared = apr_hash_get(tx->conn->statements, &stmt, sizeof(stmt));
    if (prepared) {
        return prepared;
    }
    /* On PostgreSQL this asks nothing of the server. */
    ret = apr_dbd_prepare(tx->h.driver, tx->h.pool, tx->h.handle, sql, NULL, &handle);
    if (ret || !handle) {
        as_tx_note_fault(tx, ret ? ret : 1, sql);
        /* The one call in which the driver does not wait for SQLite's locks. */
        if (!tx->conn->pgsql && ret == SQLITE_BUSY) {
            tx->fault = AS_FAULT_CONFLICT;
        }
        return NULL;
    }
    prepared = apr_palloc(tx->h.pool, sizeof(*prepared));
    *prepared = (prepared_t){stmt, sql, handle, parameters_of(sql)};
    apr_hash_set(tx->conn->statements, &prepared->stmt, sizeof(prepared->stmt), prepared);
    return prepared;
}

static void take(const prepared_t *prepared, va_list *ap, const void *values[PARAMETERS_MAX])
{
    for (int i = 0; i < prepared->parameters && i < PARAMETERS_MAX; i++) {
        values[i] = va_arg(*ap, const void *);
    }
}

apr_status_t as_stmt_exec(as_tx_t *tx, const as_stmt_t *stmt, int *rows_changed, ...)
{
    const void *values[PARAMETERS_MAX];
    const prepared_t *prepared = prepare(tx, stmt);
    apr_pool_t *q;
    va_list ap;
    int rows = 0, ret;
    apr_status_t rv = prepared ? apr_pool_create(&q, tx->scratch) : tx->status;

    if (!prepared || rv != APR_SUCCESS) {
        return rv;
    }
    va_start(ap, rows_changed);
    take(prepared, &ap, values);
    va_end(ap);
    enter(tx);
    ret = apr_dbd_pbquery(tx->h.driver, q, tx->h.handle, &rows, prepared->handle, values);
    leave(tx);
    if (ret) {
        rv = as_tx_note_fault(tx, ret, prepared->sql);
    } else if (rows_changed) {
        *rows_changed = rows;
    }
    apr_pool_destroy(q);
    return rv;
}

/* Copied before the next call: at the end of the rows PostgreSQL's are freed. */
static as_rows_t *copy_rows(as_tx_t *tx, apr_pool_t *q, apr_dbd_results_t *res)
{
    as_rows_t *rows = apr_pcalloc(tx->results, sizeof(*rows));
    apr_dbd_row_t *row = NULL;

    rows->columns = apr_dbd_num_cols(tx->h.driver, res);
    rows->fields = apr_array_make(tx->results, rows->columns, sizeof(const char *));
    for (; apr_dbd_get_row(tx->h.driver, q, res, &row, -1) == 0; rows->count++) {
        for (int i = 0; i < rows->columns; i++) {
            char *text = NULL;
            apr_status_t rv = apr_dbd_datum_get(tx->h.driver, row, i, APR_DBD_TYPE_STRING, &text);

            APR_ARRAY_PUSH(rows->fields, const char *) =
                rv == APR_SUCCESS ? apr_pstrdup(tx->results, text) : NULL;
        }
    }
    return rows;
}

apr_status_t as_stmt_query(as_tx_t *tx, const as_stmt_t *stmt, as_rows_t **rows, ...)
{
    const void *values[PARAMETERS_MAX];
    const prepared_t *prepared = prepare(tx, stmt);
    apr_dbd_results_t *res = NULL;
    apr_pool_t *q;
    va_list ap;
    int ret;
    apr_status_t rv = prepared ? apr_pool_create(&q, tx->scratch) : tx->status;

    if (!prepared || rv != APR_SUCCESS) {
        return rv;
    }
    va_start(ap, rows);
    take(prepared, &ap, values);
    va_end(ap);
    enter(tx);
    ret = apr_dbd_pbselect(tx->h.driver, q, tx->h.handle, &res, prepared->handle, 1, values);
    leave(tx);
    if (ret || !res) {
        rv = as_tx_note_fault(tx, ret ? ret : 1, prepared->sql);
    } else {
        *rows = copy_rows(tx, q, res);
    }
    apr_pool_destroy(q);
    return rv;
}

int as_rows_count(const as_rows_t *rows)
{
    return rows->count;
}

const char *as_rows_text(const as_rows_t *rows, int row, int column)
{
    return APR_ARRAY_IDX(rows->fields, row * rows->columns + column, const char *);
}

apr_int64_t as_rows_int(const as_rows_t *rows, int row, int column)
{
    const char *text = as_rows_text(rows, row, column);

    return text ? apr_atoi64(text) : 0;
}

apr_pool_t *as_tx_pool(const as_tx_t *tx)
{
    return tx->results;
}

int as_tx_is_pgsql(const as_tx_t *tx)
{
    return tx->conn->pgsql;
}
