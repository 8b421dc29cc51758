/* SPDX-License-Identifier: Apache-2.0 */
#include "store/users_admin.h"

#define LIST(condition)                                                                            \
    "SELECT " AS_USERS_COLUMNS " FROM authsms_users WHERE username_key > %s" condition             \
    " ORDER BY username_key LIMIT %d"

static const as_stmt_t lists[] = {
    {LIST(""), NULL},
    {LIST(" AND verified = 0"), NULL},
    {LIST(" AND locked = 1"), NULL},
};
static const as_stmt_t list_named_like_ids = {
    "SELECT " AS_USERS_COLUMNS " FROM authsms_users WHERE length(username_key) IN (24, 36)"
    " AND EXISTS (SELECT 1 FROM authsms_users AS other WHERE other.id <> authsms_users.id"
    " AND (other.id = authsms_users.username_key OR other.legacy_id = authsms_users.username_key))"
    " ORDER BY username_key LIMIT %d",
    NULL};
static const as_stmt_t set_locked = {
    "UPDATE authsms_users SET locked = %d, updated_at = %lld WHERE id = %s AND locked <> %d", NULL};
#define FORMATS AS_ROW_FORMATS(AS_USERS_ROW)
static const as_stmt_t import = {"INSERT INTO authsms_users (" AS_USERS_COLUMNS ", legacy_id)"
                                 " VALUES (" FORMATS ", %s) ON CONFLICT DO NOTHING RETURNING id",
                                 NULL};

static apr_array_header_t *read_all(as_tx_t *tx, apr_status_t rv, const as_rows_t *rows)
{
    int count = rv == APR_SUCCESS ? as_rows_count(rows) : 0;
    apr_array_header_t *users = apr_array_make(as_tx_pool(tx), count, sizeof(as_user_t *));

    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(users, as_user_t *) = as_users_read(tx, rows, i);
    }
    return users;
}

apr_status_t as_users_admin_list(as_tx_t *tx, as_users_admin_filter_t which, const char *after,
                                 int limit, apr_array_header_t **users)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &lists[which], &rows, after, &limit);

    *users = read_all(tx, rv, rows);
    return rv;
}

apr_status_t as_users_admin_list_named_like_ids(as_tx_t *tx, int limit, apr_array_header_t **users)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &list_named_like_ids, &rows, &limit);

    *users = read_all(tx, rv, rows);
    return rv;
}

apr_status_t as_users_admin_set_locked(as_tx_t *tx, const char *id, int locked, apr_time_t now)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &set_locked, &rows, &locked, &now, id, &locked);

    return as_row_expect_change(rv, rows);
}

/* Nothing was inserted: which unique column was in the way? */
static apr_status_t find_conflict(as_tx_t *tx, const char *legacy_id, as_import_t *outcome)
{
    as_user_t *other;
    apr_status_t rv = as_users_find_by_legacy_id(tx, legacy_id, &other);

    *outcome = rv == APR_SUCCESS ? AS_IMPORT_DUPLICATE : AS_IMPORT_NAME_TAKEN;
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

apr_status_t as_users_admin_import(as_tx_t *tx, const as_user_t *row, const char *legacy_id,
                                   as_import_t *outcome)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &import, &rows, AS_ROW_PARAMETERS(AS_USERS_ROW), legacy_id);

    *outcome = AS_IMPORT_DONE;
    if (rv != APR_SUCCESS || as_rows_count(rows) > 0) {
        return rv;
    }
    return find_conflict(tx, legacy_id, outcome);
}
