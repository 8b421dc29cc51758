/* SPDX-License-Identifier: Apache-2.0 */
/* Statements are prepared once per connection, without a label: so they survive a reconnect, and
 * poolers in transaction mode. */
#include "db/stmt.h"

#include <apr_strings.h>

#include <stdarg.h>
#include <string.h>

#include "db/tx_private.h"

enum { PARAMETERS_MAX = 24, SQLITE_BUSY = 5 };

typedef struct prepared_t {
    const as_stmt_t *stmt; /* the key */
    const char *sql;
    apr_dbd_prepared_t *handle;
    int parameters;
} prepared_t;

apr_status_t as_stmt_run_text(as_tx_t *tx, const char *sql)
{
    int ret = tx->fault == AS_FAULT_NONE ? as_tx_run_command(tx, sql) : 0;

    return ret ? as_tx_note_fault(tx, ret, sql) : tx->status;
}

static int count_parameters(const char *sql)
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

/* NULL: the statement cannot be prepared, or the unit has failed before; tx->status is set. */
static const prepared_t *prepare(as_tx_t *tx, const as_stmt_t *stmt)
{
    const char *sql = tx->conn->is_pgsql && stmt->pgsql ? stmt->pgsql : stmt->sqlite;
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
    /* No round trip on PostgreSQL. */
    ret = apr_dbd_prepare(tx->conn->driver, tx->conn->pool, tx->conn->handle, sql, NULL, &handle);
    if (ret || !handle) {
        as_tx_note_fault(tx, ret ? ret : 1, sql);
        /* The only call that does not wait for SQLite's locks. */
        if (!tx->conn->is_pgsql && ret == SQLITE_BUSY) {
            tx->fault = AS_FAULT_CONFLICT;
        }
        return NULL;
    }
    prepared = apr_palloc(tx->conn->pool, sizeof(*prepared));
    *prepared = (prepared_t){stmt, sql, handle, count_parameters(sql)};
    apr_hash_set(tx->conn->statements, &prepared->stmt, sizeof(prepared->stmt), prepared);
    return prepared;
}

static void take_values(const prepared_t *prepared, va_list *ap, const void *values[PARAMETERS_MAX])
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
    take_values(prepared, &ap, values);
    va_end(ap);
    as_tx_enter_call(tx);
    ret = apr_dbd_pbquery(tx->conn->driver, q, tx->conn->handle, &rows, prepared->handle, values);
    as_tx_leave_call(tx);
    if (ret) {
        rv = as_tx_note_fault(tx, ret, prepared->sql);
    } else if (rows_changed) {
        *rows_changed = rows;
    }
    apr_pool_destroy(q);
    return rv;
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
    take_values(prepared, &ap, values);
    va_end(ap);
    as_tx_enter_call(tx);
    ret =
        apr_dbd_pbselect(tx->conn->driver, q, tx->conn->handle, &res, prepared->handle, 1, values);
    as_tx_leave_call(tx);
    if (ret || !res) {
        rv = as_tx_note_fault(tx, ret ? ret : 1, prepared->sql);
    } else {
        *rows = as_rows_copy(tx->results, q, tx->conn->driver, res);
    }
    apr_pool_destroy(q);
    return rv;
}
