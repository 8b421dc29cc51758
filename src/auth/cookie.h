/* SPDX-License-Identifier: Apache-2.0 */
/* The cookie that carries a token to browsers (AuthSMSCookie, RFC 6265). */
#ifndef AS_AUTH_COOKIE_H
#define AS_AUTH_COOKIE_H

#include <httpd.h>

#include "config/config.h"
#include "auth/verdict.h"

/* Set it to a token; nothing where AuthSMSCookie is Off. */
void as_cookie_set(request_rec *r, const as_srv_t *sc, const char *token);

/* Take it from the browser, with and without the configured domain=; nothing where AuthSMSCookie is
 * Off. Where the request had several cookies of its name, also those of the request's host and of
 * the domains around it: the browser sends all of them, and each request would be refused. */
void as_cookie_clear(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict);

/* The request is refused: clear the cookie if it was the reason. */
void as_cookie_clear_refused(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict);

#endif
