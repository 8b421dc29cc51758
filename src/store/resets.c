/* SPDX-License-Identifier: Apache-2.0 */
#include "store/resets.h"

static const as_stmt_t insert = {AS_ROW_INSERT("authsms_resets", AS_RESETS_ROW), NULL};
#define OLDEST "(SELECT id FROM authsms_resets WHERE site = %s ORDER BY created_at LIMIT 1"
#define TAKE(oldest)                                                                               \
    "DELETE FROM authsms_resets WHERE id = " oldest ") RETURNING " AS_ROW_NAMES(AS_RESETS_ROW)
static const as_stmt_t take = {TAKE(OLDEST), TAKE(OLDEST " FOR UPDATE SKIP LOCKED")};
static const as_stmt_t find_any = {"SELECT 1 FROM authsms_resets WHERE site = %s LIMIT 1", NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_resets", "id", "created_at <= %lld", "created_at");

apr_status_t as_resets_insert(as_tx_t *tx, const as_reset_t *row)
{
    return as_stmt_exec(tx, &insert, NULL, AS_ROW_PARAMETERS(AS_RESETS_ROW));
}

apr_status_t as_resets_take(as_tx_t *tx, const char *site, as_reset_t **reset)
{
    as_reset_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &take, &rows, site);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    AS_ROW_READ(AS_RESETS_ROW, rows, 0);
    *reset = row;
    return APR_SUCCESS;
}

apr_status_t as_resets_exist(as_tx_t *tx, const char *site, int *exist)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find_any, &rows, site);

    *exist = rv == APR_SUCCESS && as_rows_count(rows) > 0;
    return rv;
}

apr_status_t as_resets_purge(as_tx_t *tx, apr_time_t before, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, before, limit, deleted);
}
