/* SPDX-License-Identifier: Apache-2.0 */
/* CORS (Fetch standard) for the API and for guarded Locations: AuthSMSAllowOrigin. */
#ifndef AS_AUTH_CORS_H
#define AS_AUTH_CORS_H

#include <httpd.h>

#include "config/config.h"

/*
 * Set the CORS headers of a response in err_headers_out, if AuthSMSAllowOrigin is set: Allow-Origin
 * and Expose-Headers for an allowed Origin, Allow-Credentials for a listed one, Vary: Origin unless
 * the value is "*".
 */
void as_cors_set_headers(request_rec *r, const as_dir_t *dc);

/* Is this a preflight (OPTIONS with Origin and Access-Control-Request-Method) of an allowed origin?
 * If so, the headers of its response are set, except those of as_cors_set_headers. */
int as_cors_accept_preflight(request_rec *r, const as_dir_t *dc);

#endif
