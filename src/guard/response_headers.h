/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps shared caches from storing responses of guarded Locations. */
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
 * insert_filter and insert_error_filter, after mod_headers'. Responses of guarded Locations, also
 * errors and those without a token, get `Cache-Control: private` (unless private or no-store
 * already) and `Vary` by the sources of tokens. So do pages with a guarded part. Headers that
 * override Cache-Control are removed. A page of mod_include or mod_autoindex is buffered until its
 * parts are known; over 128 KiB, or with a part of unknown length, it is private too. CORS headers
 * of AuthSMSAllowOrigin replace those of a back end.
 */
void as_response_headers_insert_filter(request_rec *r);

/* Mark the responses of a guarded request, and of pages that include it, as private. Returns false
 * if the headers of such a page were sent already. */
int as_response_headers_mark_private(const request_rec *r);

/* Does mod_include process the response of this request? */
int as_response_headers_has_includes(const request_rec *r);

#endif
