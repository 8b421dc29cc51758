/* SPDX-License-Identifier: Apache-2.0 */
#include "store/invitations.h"

#define COLUMNS AS_ROW_NAMES(AS_INVITATIONS_ROW)

static const as_stmt_t insert = {AS_ROW_INSERT("authsms_invitations", AS_INVITATIONS_ROW), NULL};
static const as_stmt_t find = {"SELECT " COLUMNS
                               " FROM authsms_invitations WHERE digest = %s AND uses > 0"
                               " AND expires_at > %lld",
                               NULL};
static const as_stmt_t use = {
    "UPDATE authsms_invitations SET uses = uses - 1 WHERE digest = %s AND uses > 0"
    " AND expires_at > %lld AND (mobile IS NULL OR mobile = %s) RETURNING " COLUMNS,
    NULL};
static const as_stmt_t list = {
    "SELECT " COLUMNS " FROM authsms_invitations ORDER BY created_at, id LIMIT %d", NULL};
static const as_stmt_t delete_one = {"DELETE FROM authsms_invitations WHERE id = %s", NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_invitations", "id", "expires_at <= %lld", "expires_at");

static as_invitation_t *read_invitation(as_tx_t *tx, const as_rows_t *rows, int i)
{
    as_invitation_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));

    AS_ROW_READ(AS_INVITATIONS_ROW, rows, i);
    return row;
}

static apr_status_t read_first(as_tx_t *tx, apr_status_t rv, const as_rows_t *rows,
                               as_invitation_t **invitation)
{
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    *invitation = read_invitation(tx, rows, 0);
    return APR_SUCCESS;
}

apr_status_t as_invitations_insert(as_tx_t *tx, const as_invitation_t *row)
{
    return as_stmt_exec(tx, &insert, NULL, AS_ROW_PARAMETERS(AS_INVITATIONS_ROW));
}

apr_status_t as_invitations_find(as_tx_t *tx, const char *digest, apr_time_t now,
                                 as_invitation_t **invitation)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, digest, &now);

    return read_first(tx, rv, rows, invitation);
}

apr_status_t as_invitations_use(as_tx_t *tx, const char *digest, const char *mobile, apr_time_t now,
                                as_invitation_t **invitation)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &use, &rows, digest, &now, mobile);

    return read_first(tx, rv, rows, invitation);
}

apr_status_t as_invitations_list(as_tx_t *tx, int limit, apr_array_header_t **invitations)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &list, &rows, &limit);
    int count = rv == APR_SUCCESS ? as_rows_count(rows) : 0;

    *invitations = apr_array_make(as_tx_pool(tx), count, sizeof(as_invitation_t *));
    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(*invitations, as_invitation_t *) = read_invitation(tx, rows, i);
    }
    return rv;
}

apr_status_t as_invitations_delete(as_tx_t *tx, const char *id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &delete_one, &rows, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_invitations_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
