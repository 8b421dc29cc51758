/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

#include "store/roles.h"

#define COLUMNS AS_ROW_NAMES(AS_SESSIONS_ROW)
enum { COLUMN_COUNT = AS_ROW_COUNT(AS_SESSIONS_ROW) };

/* A column more: the roles of the account. */
#define ROLES_SQLITE AS_ROLES_SQLITE("authsms_sessions.user_id")
#define ROLES_PGSQL AS_ROLES_PGSQL("authsms_sessions.user_id")

#define INSERT(roles) AS_ROW_INSERT("authsms_sessions", AS_SESSIONS_ROW) " RETURNING " roles
static const as_stmt_t insert = {INSERT(ROLES_SQLITE), INSERT(ROLES_PGSQL)};
#define FIND(roles) "SELECT " COLUMNS ", " roles " FROM authsms_sessions WHERE sid = %s"
static const as_stmt_t find = {FIND(ROLES_SQLITE), FIND(ROLES_PGSQL)};
static const as_stmt_t list = {"SELECT " COLUMNS " FROM authsms_sessions"
                               " WHERE user_id = %s AND (expires_at = 0 OR expires_at > %lld)"
                               " ORDER BY used_at DESC, sid DESC LIMIT %d",
                               NULL};
#define ROTATE(roles)                                                                              \
    "UPDATE authsms_sessions SET refresh = %s, refresh_spent = %s, refreshed_at = %lld,"           \
    " used_at = %lld,"                                                                             \
    " expires_at = CASE WHEN created_at + %lld < %lld THEN CAST(%lld AS BIGINT)"                   \
    " WHEN created_at + %lld > %lld THEN CAST(%lld AS BIGINT) ELSE created_at + %lld END"          \
    " WHERE sid = %s AND refresh = %s AND (expires_at = 0 OR expires_at > %lld)"                   \
    " AND created_at + %lld > %lld AND EXISTS (SELECT 1 FROM authsms_users u"                      \
    " WHERE u.id = authsms_sessions.user_id AND u.locked = 0 AND u.verified >= %d)"                \
    " RETURNING " COLUMNS ", " roles
static const as_stmt_t rotate = {ROTATE(ROLES_SQLITE), ROTATE(ROLES_PGSQL)};
static const as_stmt_t confirm = {
    "UPDATE authsms_sessions SET amr = %s, auth_time = %lld, expires_at ="
    " CASE WHEN expires_at > 0 AND expires_at < CAST(%lld AS BIGINT) THEN CAST(%lld AS BIGINT)"
    " ELSE expires_at END WHERE sid = %s",
    NULL};
static const as_stmt_t delete_one = {"DELETE FROM authsms_sessions WHERE sid = %s AND user_id = %s",
                                     NULL};
static const as_stmt_t delete_all = {"DELETE FROM authsms_sessions WHERE user_id = %s", NULL};
static const as_stmt_t delete_others = {
    "DELETE FROM authsms_sessions WHERE user_id = %s AND sid <> %s", NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_sessions", "sid", "expires_at > 0 AND expires_at <= %lld", "expires_at");

apr_status_t as_sessions_insert(as_tx_t *tx, as_session_t *row)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &insert, &rows, AS_ROW_PARAMETERS(AS_SESSIONS_ROW));

    if (rv == APR_SUCCESS) {
        row->roles = as_rows_text(rows, 0, 0);
    }
    return rv;
}

static as_session_t *read_row(as_tx_t *tx, const as_rows_t *rows, int i)
{
    as_session_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));

    AS_ROW_READ(AS_SESSIONS_ROW, rows, i);
    row->roles = NULL;
    return row;
}

static apr_status_t read_first(as_tx_t *tx, apr_status_t rv, const as_rows_t *rows,
                               as_session_t **session)
{
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    *session = read_row(tx, rows, 0);
    (*session)->roles = as_rows_text(rows, 0, COLUMN_COUNT);
    return APR_SUCCESS;
}

apr_status_t as_sessions_find(as_tx_t *tx, const char *sid, as_session_t **session)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, sid);

    return read_first(tx, rv, rows, session);
}

apr_status_t as_sessions_list(as_tx_t *tx, const char *user_id, apr_time_t now, int limit,
                              apr_array_header_t **sessions)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &list, &rows, user_id, &now, &limit);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *sessions = apr_array_make(as_tx_pool(tx), as_rows_count(rows), sizeof(as_session_t));
    for (int i = 0; i < as_rows_count(rows); i++) {
        APR_ARRAY_PUSH(*sessions, as_session_t) = *read_row(tx, rows, i);
    }
    return APR_SUCCESS;
}

apr_status_t as_sessions_rotate(as_tx_t *tx, const as_sessions_rotation_t *r,
                                as_session_t **session)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &rotate, &rows, r->successor, r->spent, &r->now, &r->now,
                                    &r->lifetime, &r->earliest_end, &r->earliest_end, &r->lifetime,
                                    &r->latest_end, &r->latest_end, &r->lifetime, r->sid, r->spent,
                                    &r->now, &r->lifetime, &r->now, &r->require_verified);

    return read_first(tx, rv, rows, session);
}

apr_status_t as_sessions_confirm(as_tx_t *tx, const char *sid, const char *amr,
                                 apr_time_t auth_time, apr_time_t expires_at)
{
    int rows = 0;
    apr_status_t rv =
        as_stmt_exec(tx, &confirm, &rows, amr, &auth_time, &expires_at, &expires_at, sid);

    return as_row_expect_change(rv, rows);
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

apr_status_t as_sessions_delete_others(as_tx_t *tx, const char *user_id, const char *sid)
{
    return sid ? as_stmt_exec(tx, &delete_others, NULL, user_id, sid)
               : as_sessions_delete_all(tx, user_id);
}

apr_status_t as_sessions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
