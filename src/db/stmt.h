/* SPDX-License-Identifier: Apache-2.0 */
/* Statements. After the first failed one all further statements of a unit fail with its status. */
#ifndef AS_DB_STMT_H
#define AS_DB_STMT_H

#include "db/rows.h"
#include "db/tx.h"

/*
 * One statement; a static object, since prepared statements are found by its address. `pgsql` NULL:
 * the same text serves both drivers. Parameters are %s, %d, %lld (apr_dbd's). They are given as
 * pointers: const char *, const int *, const apr_int64_t *; NULL is SQL NULL.
 */
typedef struct as_stmt_t {
    const char *sqlite;
    const char *pgsql;
} as_stmt_t;

/*
 * Errors of all three. APR_EEXIST: a unique key exists already; APR_ENOENT: the row of a foreign
 * key does not exist; APR_EAGAIN: any other, logged at the end of the unit.
 */
/* Run a statement without rows; *rows_changed may be NULL. */
apr_status_t as_stmt_exec(as_tx_t *tx, const as_stmt_t *stmt, int *rows_changed, ...);
/* Run a statement with rows (SELECT, … RETURNING) and fetch all of them. */
apr_status_t as_stmt_query(as_tx_t *tx, const as_stmt_t *stmt, as_rows_t **rows, ...);
/* Run a text without preparing it: DDL, SET; on SQLite also several statements. */
apr_status_t as_stmt_run_text(as_tx_t *tx, const char *sql);

#endif
