/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_sessions: one row for each login; its id is the token's `sid`. */
#ifndef AS_STORE_SESSIONS_H
#define AS_STORE_SESSIONS_H

#include "db/unit.h"

typedef struct as_session_t {
    const char *sid; /* UUID */
    const char *user_id;
    apr_time_t created_at;
    apr_time_t used_at;
    apr_time_t expires_at; /* 0: never */
    const char *agent;     /* User-Agent, at most 256 bytes of valid UTF-8; NULL: none */
    const char *address;   /* the client's; NULL: not known */
} as_session_t;

/* APR_ENOENT: no such account. */
apr_status_t as_sessions_insert(as_tx_t *tx, const as_session_t *session);
/* APR_ENOENT: no such session. */
apr_status_t as_sessions_delete(as_tx_t *tx, const char *sid, const char *user_id);
apr_status_t as_sessions_delete_all(as_tx_t *tx, const char *user_id);

/* Delete expired sessions, the oldest first and at most `limit`: *deleted of them. For background
 * jobs. */
apr_status_t as_sessions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
