/* SPDX-License-Identifier: Apache-2.0 */
/* The WWW-Authenticate challenges of a 401 (RFC 6750 section 3, RFC 9110 section 11.6.1). */
#ifndef AS_AUTH_CHALLENGE_H
#define AS_AUTH_CHALLENGE_H

#include <httpd.h>

#include "base/error.h"

/* Set one challenge for each accepted scheme (JWT, Bearer) in err_headers_out. error: NO_TOKEN has
 * no error attribute, any other has error="invalid_token". */
void as_challenge_set_headers(request_rec *r, as_error_t error);

#endif
