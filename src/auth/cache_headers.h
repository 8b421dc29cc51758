/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_AUTH_CACHE_HEADERS_H
#define AS_AUTH_CACHE_HEADERS_H

#include <httpd.h>

/* Remove the response headers that override Cache-Control in caches in front of this server (RFC
 * 9213 section 2, Edge Architecture Specification, nginx). */
void as_cache_headers_unset_overrides(request_rec *r);

/* Let no cache store the response: Cache-Control is no-store alone. */
void as_cache_headers_forbid(request_rec *r);

#endif
