/* SPDX-License-Identifier: Apache-2.0 */
/* Everything stored about an account, over all tables: without hashes, codes and secrets. */
#ifndef AS_STORE_EXPORT_H
#define AS_STORE_EXPORT_H

#include <apr_tables.h>
#include <json-c/json.h>

#include "db/unit.h"
#include "store/codes.h"
#include "store/users.h"

typedef struct as_export_t {
    as_user_t *user;
    const char *roles;            /* a list (store/roles.h); NULL: none */
    as_codes_row_t *pending;      /* change of number; NULL: none */
    apr_array_header_t *sessions; /* as_session_t, last used first, at most 1,000 */
    apr_array_header_t *texts;    /* as_outbox_status_t * */
} as_export_t;

/* Read the account. APR_ENOENT: no such account. */
apr_status_t as_export_read(as_tx_t *tx, const char *user_id, apr_time_t now, as_export_t *export);

/* Add the members account, sessions, texts, factors and appPasswords to an object. */
void as_export_add_members(apr_pool_t *p, const as_export_t *export, json_object *object);

#endif
