/* SPDX-License-Identifier: Apache-2.0 */
/* Protection against requests that another site triggers in the user's browser (CSRF). */
#ifndef AS_AUTH_ORIGIN_H
#define AS_AUTH_ORIGIN_H

#include <httpd.h>

#include "config/config.h"

/* Does a cookie need a trusted origin in this request? True for methods other than GET, HEAD and
 * OPTIONS, and for a GET that opens a WebSocket, which browsers allow across sites. */
int as_origin_needs_check(const request_rec *r);

/* Does AuthSMSAllowOrigin list this origin? "*" lists none. */
int as_origin_is_listed(const as_dir_t *dc, const char *origin);

/*
 * Is the Origin header that of this site (of AuthSMSPublicURL, else of the request's scheme and
 * Host) or one that AuthSMSAllowOrigin lists? Without an Origin header: is Sec-Fetch-Site absent,
 * "same-origin" or "none"?
 */
int as_origin_is_trusted(request_rec *r, const as_srv_t *sc, const as_dir_t *dc);

/* Log a warning about a request that is refused as cross_origin: its origin, the expected one and
 * the remedy. */
void as_origin_log_refusal(request_rec *r, const as_srv_t *sc);

#endif
