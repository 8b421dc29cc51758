/* SPDX-License-Identifier: Apache-2.0 */
#include "db/rows.h"

#include <apr_strings.h>
#include <apr_tables.h>

struct as_rows_t {
    int count;
    int columns;
    apr_array_header_t *fields; /* const char *, row by row */
};

/* PostgreSQL's driver frees the fields when it reports the end of the rows. */
as_rows_t *as_rows_copy(apr_pool_t *p, apr_pool_t *q, const apr_dbd_driver_t *driver,
                        apr_dbd_results_t *res)
{
    as_rows_t *rows = apr_pcalloc(p, sizeof(*rows));
    apr_dbd_row_t *row = NULL;

    rows->columns = apr_dbd_num_cols(driver, res);
    rows->fields = apr_array_make(p, rows->columns, sizeof(const char *));
    for (; apr_dbd_get_row(driver, q, res, &row, -1) == 0; rows->count++) {
        for (int i = 0; i < rows->columns; i++) {
            char *text = NULL;
            apr_status_t rv = apr_dbd_datum_get(driver, row, i, APR_DBD_TYPE_STRING, &text);

            APR_ARRAY_PUSH(rows->fields, const char *) =
                rv == APR_SUCCESS ? apr_pstrdup(p, text) : NULL;
        }
    }
    return rows;
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
