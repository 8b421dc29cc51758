/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSUnauthorized: a browser without a token is sent to the page where one logs in. */
#ifndef AS_GUARD_LOGIN_REDIRECT_H
#define AS_GUARD_LOGIN_REDIRECT_H

#include <httpd.h>

#include "config/config.h"

/*
 * The login page for a GET of a browser (its Accept prefers text/html), with `return=` and the
 * percent-encoded request, left out unless that begins with one `/` not followed by `/` or `\`;
 * NULL: r gets the 401. refused: r, or the sub-request of r that was refused; dc: its
 * configuration. NULL for the login page itself.
 */
const char *as_login_redirect_make_url(const request_rec *r, const request_rec *refused,
                                       const as_dir_t *dc);

#endif
