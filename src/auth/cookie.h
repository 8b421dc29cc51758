/* SPDX-License-Identifier: Apache-2.0 */
/* The cookie that carries a token to browsers (AuthSMSCookie, RFC 6265). Without AuthSMSCookie
 * these functions do nothing. */
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

#endif
