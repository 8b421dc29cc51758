/* SPDX-License-Identifier: Apache-2.0 */
/* Did another site make the browser send this? */
#ifndef AS_AUTH_ORIGIN_H
#define AS_AUTH_ORIGIN_H

#include <httpd.h>

#include "config/config.h"

/* Does the request change something: any method but GET, HEAD and OPTIONS, or a GET that opens a
 * WebSocket (which browsers let any site do)? */
int as_origin_needs_check(const request_rec *r);

/* Does AuthSMSAllowOrigin name this origin? "*" names none. */
int as_origin_is_listed(const as_dir_t *dc, const char *origin);

/*
 * Is `Origin` the site's own (AuthSMSPublicURL's, else the request's scheme and Host) or one that
 * AuthSMSAllowOrigin names; or, without it, does Sec-Fetch-Site (if there is any) say same-origin
 * or none?
 */
int as_origin_is_trusted(request_rec *r, const as_srv_t *sc, const as_dir_t *dc);

/* A request is refused as cross_origin: one warning names its origin, the expected one and
 * AuthSMSPublicURL. */
void as_origin_log_refusal(request_rec *r, const as_srv_t *sc);

#endif
