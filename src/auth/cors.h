/* SPDX-License-Identifier: Apache-2.0 */
/* CORS (Fetch standard), for the API and for protected Locations alike. */
#ifndef AS_AUTH_CORS_H
#define AS_AUTH_CORS_H

#include <httpd.h>

#include "config/config.h"

/*
 * Put the CORS headers of an answer in err_headers_out where AuthSMSAllowOrigin is set:
 * Allow-Origin for an allowed Origin, Expose-Headers, Allow-Credentials for a named one, Vary:
 * Origin unless "*".
 */
void as_cors_set_headers(request_rec *r, const as_dir_t *dc);

/* Is this a real preflight (OPTIONS, Origin, Access-Control-Request-Method) from an allowed origin?
 * Then its headers are put in err_headers_out too. */
int as_cors_accept_preflight(request_rec *r, const as_dir_t *dc);

#endif
