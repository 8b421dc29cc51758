/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the standing of a token's account and session (api.md, "The token"): from the database, or
 * cached for a while. */
#ifndef AS_AUTH_ACCOUNT_CHECK_H
#define AS_AUTH_ACCOUNT_CHECK_H

#include <httpd.h>

#include "auth/token.h"
#include "base/error.h"
#include "store/users.h"

/* The account of a valid token. A cached one has no row: only the members here can be read from
 * each. */
typedef struct as_account_t {
    const char *id;
    const char *username;
    const char *mobile;
    const char *roles; /* a list (store/roles.h); NULL: none */
    int verified;
    const as_user_t *row; /* as just queried; NULL: cached */
} as_account_t;

/*
 * max_age (µs): how old a cached standing may be, unless a change in this server has outdated it;
 * 0: query the database. Returns AS_OK with *account; INVALID_TOKEN (no such account, locked,
 * not verified, session ended) or UNAVAILABLE with *reason for the log. *standing: to be cached
 * with the token (as_token_cache_put); len 0: the token has it already.
 */
as_error_t as_account_check_standing(request_rec *r, apr_pool_t *p, const as_token_t *token,
                                     apr_interval_time_t max_age, apr_time_t now,
                                     const as_account_t **account, as_span_t *standing,
                                     const char **reason);

#endif
