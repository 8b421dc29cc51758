/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request: read whole, bounded, strictly parsed, JSON or form behind one interface.
 */
#ifndef AS_API_BODY_H
#define AS_API_BODY_H

#include <httpd.h>

#include "base/error.h"
#include "base/span.h"

#define AS_BODY_MAX 16384 /* bytes */

typedef struct as_body_t as_body_t;

/* For register_hooks: what keeps httpd's own pages out of the way while a body is read. */
void as_body_register_filter(void);

/*
 * Read and parse. Method, media type and Content-Length are looked at before the first read, so
 * that a client that waits for 100-continue never sends what is refused. Returns OK, with *error
 * AS_OK or TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST (a broken chunk or a body cut short,
 * too), REQUEST_TIMEOUT, NOT_IMPLEMENTED, SERVER_ERROR; or the status that httpd is to answer. An
 * empty body of any type is an empty object.
 */
int as_body_read(request_rec *r, const as_body_t **body, as_error_t *error);

/* Read only, whatever type it has. */
int as_body_read_raw(request_rec *r, as_span_t *bytes, as_error_t *error);

/* A member's text; *value NULL: absent, null or empty. BAD_REQUEST: another JSON type. */
as_error_t as_body_get_text(const as_body_t *body, const char *name, const char **value);

/* The same for what may be a JSON number too (code): its digits as written. */
as_error_t as_body_get_digits(const as_body_t *body, const char *name, const char **value);

/* The same for smsmobile and countryCode: in a form, a leading blank before digits is a plus sign.
 */
as_error_t as_body_get_phone(const as_body_t *body, const char *name, const char **value);

#endif
