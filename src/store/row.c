/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row.h"

apr_status_t as_row_purge(as_tx_t *tx, const as_stmt_t *stmt, apr_time_t now, int limit,
                          int *deleted)
{
    *deleted = 0;
    return as_stmt_exec(tx, stmt, deleted, &now, &limit, &now);
}
