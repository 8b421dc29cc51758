/* SPDX-License-Identifier: Apache-2.0 */
/* Protection against requests that another site triggers in the user's browser (CSRF). */
#ifndef AS_AUTH_ORIGIN_H
#define AS_AUTH_ORIGIN_H

#include <httpd.h>

#include "config/config.h"

/* Does AuthSMSAllowOrigin list this origin? "*" lists none. */
int as_origin_is_listed(const as_dir_t *dc, const char *origin);

/*
 * Is the Origin header that of this site (of AuthSMSPublicURL, else of the request's scheme and
 * Host) or one that AuthSMSAllowOrigin lists? Without an Origin header: is Sec-Fetch-Site absent,
 * "same-origin" or "none"?
 */
int as_origin_is_trusted(request_rec *r, const as_srv_t *sc, const as_dir_t *dc);

/*
 * May this request use or set a cookie? Methods other than GET, HEAD and OPTIONS need a trusted
 * origin, and so does a GET that opens a WebSocket, which browsers allow across sites. A refusal is
 * logged as a warning: the request's origin, the expected one and the remedy.
 */
int as_origin_allows_cookie(request_rec *r, const as_srv_t *sc, const as_dir_t *dc);

/*
 * The same for a request that another server describes in a subrequest: its headers, and its method
 * in X-Forwarded-Method or X-Original-Method. The server may not send the method, nor Upgrade. So
 * an Origin header must always be trusted: browsers send one with every method but GET and HEAD,
 * and with the request that opens a WebSocket.
 */
int as_origin_allows_described(request_rec *r, const as_srv_t *sc, const as_dir_t *dc);

#endif
