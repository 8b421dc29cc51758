/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler authsms-check: answers the subrequests by which other servers ask whether a request
 * may pass (auth_request of nginx, forward_auth of Caddy and Traefik). The sections around it
 * decide; 401, 403 and 503 are the guard's. Requests that pass get 204, with the identity in
 * response headers under the prefix of AuthSMSPassIdentity.
 */
#ifndef AS_GUARD_CHECK_HANDLER_H
#define AS_GUARD_CHECK_HANDLER_H

#include <httpd.h>

/*
 * The connection ends with this response if the request announces a body. The body is never read,
 * and may never come: a server may forward a Content-Length without its body.
 */
void as_check_handler_ignore_body(request_rec *r);

/* map_to_storage: 405 for TRACE, if a section or .htaccess sets the handler: httpd would answer
 * with 200 before it reads them, and before any access check. Its own status, such as 500, if they
 * cannot be read. */
int as_check_handler_map_to_storage(request_rec *r);

/*
 * The handler. 204 for requests that this module authenticated. 500 and a log line for all others:
 * nothing but a token may let a request pass here. 403 for one whose token is in a cookie, if the
 * request that the other server describes may be from another site (as_origin_allows_described).
 */
int as_check_handler_run(request_rec *r);

#endif
