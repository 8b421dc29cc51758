/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsms_roles: the roles of accounts. A list of roles is one text: the names, sorted by bytes and
 * joined by commas, "editor,staff"; NULL: no role.
 */
#ifndef AS_STORE_ROLES_H
#define AS_STORE_ROLES_H

#include "db/unit.h"

/* A token has to fit into a header field, with all roles of its account. */
#define AS_ROLES_MAX 32
#define AS_ROLE_MAX_BYTES 64

/*
 * Subselects for statements of other files: the list of roles of the account whose id is the SQL
 * expression `user`. The names in it must be qualified: user_id alone is the column of this table.
 */
#define AS_ROLES_SQLITE(user)                                                                      \
    "(SELECT group_concat(role, ',') FROM (SELECT role FROM authsms_roles WHERE user_id = " user   \
    " ORDER BY role LIMIT " AS_ROLES_MAX_TEXT "))"
#define AS_ROLES_PGSQL(user)                                                                       \
    "(SELECT string_agg(role, ',' ORDER BY role) FROM (SELECT role FROM authsms_roles"             \
    " WHERE user_id = " user " ORDER BY role LIMIT " AS_ROLES_MAX_TEXT ") AS listed)"
#define AS_ROLES_MAX_TEXT "32"

/* Is it a name: 1 to 64 of the characters A-Z, a-z, 0-9, "_", ".", ":" and "-"? */
int as_roles_is_name(const char *role);
int as_roles_is_name_n(const char *role, apr_size_t len);

/* Does a list (NULL: empty) contain a role? */
int as_roles_contains(const char *roles, const char *role);

/* Read the list of an account. */
apr_status_t as_roles_find(as_tx_t *tx, const char *user_id, const char **roles);

/* Give an account a role that it may have already. APR_ENOENT: no such account. APR_ENOSPC: it
 * would have more than AS_ROLES_MAX; the unit must not be committed. */
apr_status_t as_roles_add(as_tx_t *tx, const char *user_id, const char *role);

/* Take a role from an account. APR_ENOENT: it does not have the role. */
apr_status_t as_roles_remove(as_tx_t *tx, const char *user_id, const char *role);

#endif
