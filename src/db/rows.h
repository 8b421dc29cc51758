/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that a statement returned, copied to a pool. Rows and columns count from 0. */
#ifndef AS_DB_ROWS_H
#define AS_DB_ROWS_H

#include <apr_dbd.h>
#include <apr_pools.h>

typedef struct as_rows_t as_rows_t;

int as_rows_count(const as_rows_t *rows);
/* A field as text, from the unit's result pool; NULL for SQL NULL. */
const char *as_rows_text(const as_rows_t *rows, int row, int column);
/* A field as a number; 0 for SQL NULL. */
apr_int64_t as_rows_int(const as_rows_t *rows, int row, int column);

/* Copy all rows of a result to p, for db/stmt.c. q is the statement's pool. */
as_rows_t *as_rows_copy(apr_pool_t *p, apr_pool_t *q, const apr_dbd_driver_t *driver,
                        apr_dbd_results_t *res);

#endif
