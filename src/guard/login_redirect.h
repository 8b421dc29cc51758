/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSUnauthorized: redirects browsers without a valid token to the login page. */
#ifndef AS_GUARD_LOGIN_REDIRECT_H
#define AS_GUARD_LOGIN_REDIRECT_H

#include <httpd.h>

#include "config/config.h"

/*
 * The URL of the login page for a browser's GET (its Accept prefers HTML), with `return=` and the
 * percent-encoded URL of the request. `return=` is left out unless that URL begins with one `/`,
 * not followed by `/` or `\`. In a subrequest of another server (guard/check_handler.h) URL and
 * method are those of X-Forwarded-Uri and X-Forwarded-Method. NULL: respond with 401; always for
 * the login page itself. refused: r, or the sub-request of r that was refused; dc: its
 * configuration.
 */
const char *as_login_redirect_make_url(const request_rec *r, const request_rec *refused,
                                       const as_dir_t *dc);

#endif
