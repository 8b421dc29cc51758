/* SPDX-License-Identifier: Apache-2.0 */
/* Errors below the API that httpd or another module answers: JSON instead of their HTML. */
#ifndef AS_API_ERROR_PAGE_H
#define AS_API_ERROR_PAGE_H

#include <httpd.h>

/* For register_hooks: the output filter. */
void as_error_page_register_filter(void);

/* post_read_request: no ErrorDocument of the site answers for the API. DECLINED always. */
int as_error_page_post_read_request(request_rec *r);

/*
 * insert_error_filter: an error page of httpd for a path below the API becomes
 * {"success":false,"msg":…,"code":…} with the status that it has. Covers requests that httpd
 * refuses before it has read their headers, where they were sent to the API of the server that
 * answers a client without a Host header.
 */
void as_error_page_insert_filter(request_rec *r);

#endif
