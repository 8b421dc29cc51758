/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

static const as_stmt_t insert = {AS_ROW_INSERT("authsms_sessions", AS_SESSIONS_ROW), NULL};
static const as_stmt_t delete_one = {"DELETE FROM authsms_sessions WHERE sid = %s AND user_id = %s",
                                     NULL};
static const as_stmt_t delete_all = {"DELETE FROM authsms_sessions WHERE user_id = %s", NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_sessions", "sid", "expires_at > 0 AND expires_at <= %lld", "expires_at");

apr_status_t as_sessions_insert(as_tx_t *tx, const as_session_t *row)
{
    return as_stmt_exec(tx, &insert, NULL, AS_ROW_PARAMETERS(AS_SESSIONS_ROW));
}

apr_status_t as_sessions_delete(as_tx_t *tx, const char *sid, const char *user_id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &delete_one, &rows, sid, user_id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_sessions_delete_all(as_tx_t *tx, const char *user_id)
{
    return as_stmt_exec(tx, &delete_all, NULL, user_id);
}

apr_status_t as_sessions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
