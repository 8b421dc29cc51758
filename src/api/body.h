/* SPDX-License-Identifier: Apache-2.0 */
/* The request body: read whole within a bound, parsed strictly, JSON and forms behind one
 * interface.
 */
#ifndef AS_API_BODY_H
#define AS_API_BODY_H

#include <httpd.h>
#include <util_filter.h>

#include "base/error.h"
#include "base/span.h"

#define AS_BODY_MAX 16384 /* bytes */

typedef struct as_body_t as_body_t;

/* The output filter that drops httpd's own error page while a body is read. */
#define AS_BODY_FILTER "AUTHSMS_BODY"
apr_status_t as_body_drop_error_page(ap_filter_t *f, apr_bucket_brigade *bb);

/*
 * Read and parse the body. Media type and Content-Length are checked before the first read, so that
 * a client that sent Expect: 100-continue does not send a body that would be rejected. An empty
 * body of any type is an empty object.
 * Returns OK with *error: AS_OK, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST (also a malformed
 * chunk and a truncated body), REQUEST_TIMEOUT, NOT_IMPLEMENTED, SERVER_ERROR; or the status that
 * httpd responds with.
 */
int as_body_read(request_rec *r, const as_body_t **body, as_error_t *error);

/* The same for a body of any media type, which is not parsed. */
int as_body_read_raw(request_rec *r, as_span_t *bytes, as_error_t *error);

/* The text of a member; *value NULL: absent, null or empty. BAD_REQUEST: another JSON type. */
as_error_t as_body_get_text(const as_body_t *body, const char *name, const char **value);

/* The same for code, which may also be a JSON number: its digits as written. */
as_error_t as_body_get_digits(const as_body_t *body, const char *name, const char **value);

/* The same for smsmobile and countryCode: in a form, a leading blank before a digit is an unencoded
 * plus sign. */
as_error_t as_body_get_phone(const as_body_t *body, const char *name, const char **value);

#endif
