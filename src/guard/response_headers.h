/* SPDX-License-Identifier: Apache-2.0 */
/* What the responses of guarded places tell caches. */
#ifndef AS_GUARD_RESPONSE_HEADERS_H
#define AS_GUARD_RESPONSE_HEADERS_H

#include <httpd.h>
#include <util_filter.h>

/* The output filter that sets the headers. register_hooks sets its handles: for a request, for a
 * sub-request, and for a response that SetOutputFilter CACHE would store earlier. */
extern ap_filter_rec_t *as_response_headers_filter, *as_response_headers_subrequest_filter,
    *as_response_headers_marker_filter;
apr_status_t as_response_headers_filter_response(ap_filter_t *f, apr_bucket_brigade *bb);

/*
 * insert_filter and insert_error_filter, after mod_headers'. A response of a guarded place gets
 * `Cache-Control: private` (unless it is private or no-store by itself) and `Vary` by the sources
 * of tokens, errors and responses without a token included; so does a page with a guarded part.
 * Otherwise a cache may give it to anybody. Fields that override Cache-Control are removed. A page
 * of mod_include or mod_autoindex is held back until its parts are known; over 128 KiB, or with a
 * part of unknown length, it is private too. Where AuthSMSAllowOrigin is set, the module's CORS
 * headers replace all others.
 */
void as_response_headers_insert_filter(request_rec *r);

/* Mark the response of a request in a guarded place, and the pages that include it, as private.
 * Returns false if the headers of a page were sent already, without that. */
int as_response_headers_mark_private(const request_rec *r);

/* Is this request's response being made by server-side includes (mod_include)? */
int as_response_headers_has_includes(const request_rec *r);

#endif
