/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cookie that carries a token to browsers (AuthSMSCookie, RFC 6265), and the one that carries
 * the refresh token (AuthSMSCookie omit-body), which browsers send to the API only. Where they are
 * not configured these functions do nothing.
 */
#ifndef AS_AUTH_COOKIE_H
#define AS_AUTH_COOKIE_H

#include <httpd.h>

#include "auth/verdict.h"
#include "config/config.h"

/* Set the cookie to a token. */
void as_cookie_set(request_rec *r, const as_srv_t *sc, const char *token);

/* Delete the cookie from the browser, with and without the configured domain=. If the verdict's
 * cookie is ambiguous, also those of the request's host and its parent domains: otherwise the
 * browser would send all of them again, and every request would be refused. */
void as_cookie_clear(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict);

/* Delete the cookie if a request is refused with 401 because of it. */
void as_cookie_clear_refused(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict);

/* Set the refresh token's cookie for max_age (µs). */
void as_cookie_set_refresh(request_rec *r, const as_srv_t *sc, const char *token,
                           apr_interval_time_t max_age);

/* Delete the refresh token's cookie from the browser. is_ambiguous: as for as_cookie_clear. */
void as_cookie_clear_refresh(request_rec *r, const as_srv_t *sc, int is_ambiguous);

/* The refresh token in the request's cookie; NULL: none. AS_OK; INVALID_TOKEN: there are several
 * cookies of its name. */
as_error_t as_cookie_find_refresh(request_rec *r, const as_srv_t *sc, const char **token);

#endif
