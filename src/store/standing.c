/* SPDX-License-Identifier: Apache-2.0 */
#include "store/standing.h"

#include "store/roles.h"

#define FIND(roles)                                                                                \
    "SELECT " AS_USERS_COLUMNS ", (SELECT count(*) FROM authsms_sessions s WHERE s.sid = %s"       \
    " AND s.user_id = u.id AND (s.expires_at = 0 OR s.expires_at > %lld)), " roles                 \
    " FROM authsms_users u WHERE u.id = %s"
static const as_stmt_t find = {FIND(AS_ROLES_SQLITE("u.id")), FIND(AS_ROLES_PGSQL("u.id"))};

apr_status_t as_standing_find(as_tx_t *tx, const char *user_id, const char *sid, apr_time_t now,
                              as_standing_t *standing)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, sid, &now, user_id);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    standing->user = as_users_read(tx, rows, 0);
    standing->session_alive = as_rows_int(rows, 0, AS_USERS_COLUMN_COUNT) != 0;
    standing->roles = as_rows_text(rows, 0, AS_USERS_COLUMN_COUNT + 1);
    return APR_SUCCESS;
}
