/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_dir and mod_negotiation look a file up by a sub-request. If the sub-request is refused, they
 * may send its status as the response of the main request, but without its headers: they are
 * recorded here and added.
 */
#ifndef AS_GUARD_LOOKUP_REFUSAL_H
#define AS_GUARD_LOOKUP_REFUSAL_H

#include <httpd.h>

/*
 * Record the refusal of a sub-request for its main request: status, err_headers_out, the code for
 * AUTHSMS_ERROR (NULL: none) and the login page to redirect to (NULL: none).
 */
void as_lookup_refusal_record(request_rec *sub, int status, const char *code, const char *login);

/*
 * For a request that ends with an error: if it ends with the recorded status, add the recorded
 * headers, and return true with *code and *login (NULL: none). *login replaces the Location in
 * headers_out.
 */
int as_lookup_refusal_apply(request_rec *r, const char **code, const char **login);

#endif
