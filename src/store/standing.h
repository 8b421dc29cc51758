/* SPDX-License-Identifier: Apache-2.0 */
/* The account of a token, its session and its roles, read in one round trip. */
#ifndef AS_STORE_STANDING_H
#define AS_STORE_STANDING_H

#include "db/unit.h"
#include "store/users.h"

typedef struct as_standing_t {
    as_user_t *user;
    int session_alive; /* the account has a session of that id, not expired */
    const char *roles; /* a list (store/roles.h); NULL: none */
} as_standing_t;

/* Find the account and, if sid is not NULL, its session. APR_ENOENT: no such account. */
apr_status_t as_standing_find(as_tx_t *tx, const char *user_id, const char *sid, apr_time_t now,
                              as_standing_t *standing);

#endif
