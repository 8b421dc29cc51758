/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSUnauthorized: a browser without a token is sent to the page where one logs in. */
#ifndef AS_GUARD_REDIRECT_H
#define AS_GUARD_REDIRECT_H

#include <httpd.h>

#include "config/config.h"

/*
 * Is this a GET of a browser (its Accept prefers text/html) that is to be sent to the login page?
 * Then Location is set: the page with `return=` and the percent-encoded request, left out unless
 * that begins with one `/` not followed by `/` or `\`. Not for the page itself.
 */
int as_redirect_to_login(request_rec *r, const as_dir_t *dc);

#endif
