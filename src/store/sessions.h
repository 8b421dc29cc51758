/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_sessions: one row for each login; its id is the token's `sid`. */
#ifndef AS_STORE_SESSIONS_H
#define AS_STORE_SESSIONS_H

#include "db/unit.h"
#include "store/row.h"

#define AS_SESSIONS_ROW(FIRST, NEXT)                                                               \
    FIRST(TEXT, sid) /* UUID */                                                                    \
    NEXT(TEXT, user_id)                                                                            \
    NEXT(TIME, created_at)                                                                         \
    NEXT(TIME, used_at)                                                                            \
    NEXT(TIME, expires_at) /* 0: never */                                                          \
    NEXT(TEXT, agent)      /* User-Agent, at most 256 bytes of valid UTF-8; NULL: none */          \
    NEXT(TEXT, address)    /* the client's; NULL: unknown */                                       \
    NEXT(TEXT, amr)        /* proofs of identity (RFC 8176), separated by blanks */                \
    NEXT(TIME, auth_time)  /* of the last of them; 0: unknown (before version 6) */

typedef struct as_session_t {
    AS_ROW_MEMBERS(AS_SESSIONS_ROW)
} as_session_t;

/* APR_ENOENT: no such account. */
apr_status_t as_sessions_insert(as_tx_t *tx, const as_session_t *session);
/* APR_ENOENT: no such session. */
apr_status_t as_sessions_delete(as_tx_t *tx, const char *sid, const char *user_id);
apr_status_t as_sessions_delete_all(as_tx_t *tx, const char *user_id);

/* Delete expired sessions, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_sessions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
