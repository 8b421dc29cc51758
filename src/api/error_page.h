/* SPDX-License-Identifier: Apache-2.0 */
/* Error responses of httpd and other modules to API requests: JSON instead of HTML. */
#ifndef AS_API_ERROR_PAGE_H
#define AS_API_ERROR_PAGE_H

#include <httpd.h>
#include <util_filter.h>

/* The output filter that sets the headers. */
#define AS_ERROR_PAGE_FILTER "AUTHSMS_ERROR_PAGE"
apr_status_t as_error_page_set_headers(ap_filter_t *f, apr_bucket_brigade *bb);

/* post_read_request: the site's ErrorDocument does not apply to API requests. Returns DECLINED. */
int as_error_page_post_read_request(request_rec *r);

/*
 * insert_error_filter: replace the body of an error response to an API request by
 * {"success":false,"msg":…,"code":…}; its status stays. This includes requests that httpd rejects
 * before it has read their headers, if the server for requests without a Host header has the API.
 */
void as_error_page_insert_filter(request_rec *r);

#endif
