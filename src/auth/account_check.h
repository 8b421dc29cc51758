/* SPDX-License-Identifier: Apache-2.0 */
/* Is the account behind a token still good (api.md, "The token")? Asked of the database, or
 * remembered for a while. */
#ifndef AS_AUTH_ACCOUNT_CHECK_H
#define AS_AUTH_ACCOUNT_CHECK_H

#include <httpd.h>

#include "base/error.h"
#include "auth/token.h"
#include "store/users.h"

/*
 * AS_OK and *user; INVALID_TOKEN (no such account, locked, not verified, session ended) or
 * UNAVAILABLE with *why for the log. An answer at most max_age (µs) old that no change in this
 * server has overtaken will do; 0: ask the database. A remembered *user has its id, username,
 * mobile (E.164), verified and locked, nothing else. *standing: what to keep with the token
 * (as_token_cache_put); len 0: nothing new.
 */
as_error_t as_account_check_standing(request_rec *r, apr_pool_t *p, const as_token_t *token,
                                     apr_interval_time_t max_age, apr_time_t now,
                                     const as_user_t **user, as_span_t *standing, const char **why);

#endif
