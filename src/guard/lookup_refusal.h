/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_dir and mod_negotiation look a file up by a sub-request. If that one is refused, they may
 * answer the request with its status, but without its headers: these are recorded here.
 */
#ifndef AS_GUARD_LOOKUP_REFUSAL_H
#define AS_GUARD_LOOKUP_REFUSAL_H

#include <httpd.h>

/*
 * Record the refusal of a sub-request for its main request: the status, the headers in
 * err_headers_out, the code for AUTHSMS_ERROR (NULL: none) and the login page (NULL: none) that a
 * browser is sent to if the main request ends with that status.
 */
void as_lookup_refusal_record(request_rec *sub, int status, const char *code, const char *login);

/*
 * For a request that ends with an error: if it is the recorded one, add the headers to it, and
 * return its code in *code. *login: the address for Location, instead of that in headers_out;
 * NULL: none. Returns false if nothing was recorded.
 */
int as_lookup_refusal_apply(request_rec *r, const char **code, const char **login);

#endif
