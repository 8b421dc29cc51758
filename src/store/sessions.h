/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_sessions: one row for each login; its id is the token's `sid`. */
#ifndef AS_STORE_SESSIONS_H
#define AS_STORE_SESSIONS_H

#include <apr_tables.h>

#include "db/unit.h"
#include "store/row.h"

#define AS_SESSIONS_ROW(FIRST, NEXT)                                                               \
    FIRST(TEXT, sid) /* UUID */                                                                    \
    NEXT(TEXT, user_id)                                                                            \
    NEXT(TIME, created_at)                                                                         \
    NEXT(TIME, used_at)       /* login or last refresh */                                          \
    NEXT(TIME, expires_at)    /* 0: never */                                                       \
    NEXT(TEXT, agent)         /* User-Agent, at most 256 bytes of valid UTF-8; NULL: none */       \
    NEXT(TEXT, address)       /* the client's; NULL: unknown */                                    \
    NEXT(TEXT, amr)           /* proofs of identity (RFC 8176), separated by blanks */             \
    NEXT(TIME, auth_time)     /* of the last of them; 0: unknown (before version 6) */             \
    NEXT(TEXT, refresh)       /* hash of the refresh token; NULL: none */                          \
    NEXT(TEXT, refresh_spent) /* hash of its predecessor; NULL: none */                            \
    NEXT(TIME, refreshed_at)  /* when that was spent; 0: never */

typedef struct as_session_t {
    AS_ROW_MEMBERS(AS_SESSIONS_ROW)
    const char *roles; /* of the account, a list (store/roles.h); NULL: none, or not read */
} as_session_t;

/* Insert a session and read the roles of its account. The account exists: its row was changed or
 * locked in this unit. */
apr_status_t as_sessions_insert(as_tx_t *tx, as_session_t *session);
/* Find a session, with the roles of its account. APR_ENOENT: no such session. It may have expired.
 */
apr_status_t as_sessions_find(as_tx_t *tx, const char *sid, as_session_t **session);
/* The sessions of an account that have not expired (as_session_t), last used first, at most
 * `limit`. */
apr_status_t as_sessions_list(as_tx_t *tx, const char *user_id, apr_time_t now, int limit,
                              apr_array_header_t **sessions);

/* A further proof: set amr and auth_time. The session ends at expires_at or later (0: never).
 * APR_ENOENT: no such session. */
apr_status_t as_sessions_confirm(as_tx_t *tx, const char *sid, const char *amr,
                                 apr_time_t auth_time, apr_time_t expires_at);

/* APR_ENOENT: no such session. */
apr_status_t as_sessions_delete(as_tx_t *tx, const char *sid, const char *user_id);
apr_status_t as_sessions_delete_all(as_tx_t *tx, const char *user_id);
/* All but one; sid NULL: all. */
apr_status_t as_sessions_delete_others(as_tx_t *tx, const char *user_id, const char *sid);

/* The rotation of a refresh token. */
typedef struct as_sessions_rotation_t {
    const char *sid;
    const char *spent;     /* hash of the presented token */
    const char *successor; /* hash of the new one */
    apr_time_t now;
    apr_interval_time_t lifetime; /* no token is rotated later than this after the login */
    /* The session then expires `lifetime` after the login, but within these bounds; both 0: never
     */
    apr_time_t earliest_end;
    apr_time_t latest_end;
    int require_verified; /* of the account */
} as_sessions_rotation_t;

/*
 * Replace the current refresh token by its successor and set used_at, in one statement: exactly one
 * of several concurrent rotations of a token succeeds. Reads the roles too. APR_ENOENT: the session
 * does not exist or has expired, its lifetime is over, `spent` is not its current token, or its
 * account is locked or (with require_verified) not verified.
 */
apr_status_t as_sessions_rotate(as_tx_t *tx, const as_sessions_rotation_t *rotation,
                                as_session_t **session);

/* Delete expired sessions, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_sessions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
