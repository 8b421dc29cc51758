/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_users, for an administrator (authsmsctl). */
#ifndef AS_STORE_USERS_ADMIN_H
#define AS_STORE_USERS_ADMIN_H

#include <apr_tables.h>

#include "store/users.h"

/* The accounts that as_users_admin_list returns. */
typedef enum as_users_admin_filter_t {
    AS_USERS_FILTER_ALL,
    AS_USERS_FILTER_PENDING, /* not verified */
    AS_USERS_FILTER_LOCKED,
} as_users_admin_filter_t;

/* At most `limit` accounts (as_user_t *) whose folded name sorts after `after` ("": from the
 * first), in its order. */
apr_status_t as_users_admin_list(as_tx_t *tx, as_users_admin_filter_t which, const char *after,
                                 int limit, apr_array_header_t **users);

/* At most `limit` accounts (as_user_t *) whose username is the id of another account. */
apr_status_t as_users_admin_list_named_like_ids(as_tx_t *tx, int limit, apr_array_header_t **users);

/* APR_ENOENT: no such account, or it is (un)locked already. */
apr_status_t as_users_admin_set_locked(as_tx_t *tx, const char *id, int locked, apr_time_t now);

typedef enum as_import_t {
    AS_IMPORT_DONE,
    AS_IMPORT_DUPLICATE,  /* this id was imported before */
    AS_IMPORT_NAME_TAKEN, /* another account has the name */
} as_import_t;

/* Insert an account of another system, with its id there. */
apr_status_t as_users_admin_import(as_tx_t *tx, const as_user_t *user, const char *legacy_id,
                                   as_import_t *outcome);

#endif
