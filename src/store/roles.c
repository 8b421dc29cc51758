/* SPDX-License-Identifier: Apache-2.0 */
#include "store/roles.h"

#include <string.h>

#include "store/row.h"

static const as_stmt_t find = {"SELECT " AS_ROLES_SQLITE("%s"), "SELECT " AS_ROLES_PGSQL("%s")};
static const as_stmt_t insert = {"INSERT INTO authsms_roles (user_id, role) VALUES (%s, %s)"
                                 " ON CONFLICT DO NOTHING",
                                 NULL};
static const as_stmt_t count_all = {"SELECT count(*) FROM authsms_roles WHERE user_id = %s", NULL};
static const as_stmt_t delete_one = {"DELETE FROM authsms_roles WHERE user_id = %s AND role = %s",
                                     NULL};

int as_roles_is_name_n(const char *role, apr_size_t len)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-";
    apr_size_t i = 0;

    while (i < len && memchr(allowed, role[i], sizeof(allowed) - 1)) {
        i++;
    }
    return i == len && len >= 1 && len <= AS_ROLE_MAX_BYTES;
}

int as_roles_is_name(const char *role)
{
    return as_roles_is_name_n(role, strlen(role));
}

int as_roles_contains(const char *roles, const char *role)
{
    apr_size_t len = strlen(role);

    while (roles) {
        const char *comma = strchr(roles, ',');
        apr_size_t next = comma ? (apr_size_t)(comma - roles) : strlen(roles);

        if (next == len && memcmp(roles, role, len) == 0) {
            return 1;
        }
        roles = comma ? comma + 1 : NULL;
    }
    return 0;
}

apr_status_t as_roles_find(as_tx_t *tx, const char *user_id, const char **roles)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, user_id);

    if (rv == APR_SUCCESS) {
        *roles = as_rows_text(rows, 0, 0);
    }
    return rv;
}

apr_status_t as_roles_add(as_tx_t *tx, const char *user_id, const char *role)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_exec(tx, &insert, NULL, user_id, role);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_stmt_query(tx, &count_all, &rows, user_id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_rows_int(rows, 0, 0) > AS_ROLES_MAX ? APR_ENOSPC : APR_SUCCESS;
}

apr_status_t as_roles_remove(as_tx_t *tx, const char *user_id, const char *role)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &delete_one, &rows, user_id, role);

    return as_row_expect_change(rv, rows);
}
