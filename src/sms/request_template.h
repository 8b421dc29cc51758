/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of an HTTP request with the placeholders {to}, {to_digits}, {text}, {id} and {from}. Each
 * value is escaped for the place where it stands, so no value changes the structure of a request.
 * Other braces are literal text.
 */
#ifndef AS_SMS_REQUEST_TEMPLATE_H
#define AS_SMS_REQUEST_TEMPLATE_H

#include <apr_pools.h>

/* What a template is, and so how its values are escaped. */
typedef enum as_request_place_t {
    AS_REQUEST_PLACE_URL,    /* of `url=`: percent-encoded */
    AS_REQUEST_PLACE_JSON,   /* of `body=` with type=json: escaped as in a string */
    AS_REQUEST_PLACE_FORM,   /* of `body=` with type=form: percent-encoded */
    AS_REQUEST_PLACE_HEADER, /* of `header=`, "Name: value": not escaped */
} as_request_place_t;

/* What a template uses. */
enum {
    AS_REQUEST_USES_TO = 1, /* {to} or {to_digits} */
    AS_REQUEST_USES_TEXT = 2,
    AS_REQUEST_USES_ID = 4,
    AS_REQUEST_USES_FROM = 8,
};

typedef struct as_request_values_t {
    const char *to; /* E.164. {to_digits} is the same without its plus sign */
    const char *text;
    const char *id;
    const char *from; /* NULL: no template uses it */
} as_request_values_t;

typedef struct as_request_template_t as_request_template_t;

/*
 * Compile and check a template, which must live as long. from: the value of {from}; NULL: none.
 * APR_EINVAL and *error, which never shows the template: an unknown placeholder, {from} without a
 * value, or a result that is
 * - URL: not allowed (as_http_client_allows_url), with a fragment, or with a placeholder before
 *   the path;
 * - JSON: not exactly one strict JSON value (json_strict.h);
 * - FORM: no form, or with a character that needs percent-encoding;
 * - HEADER: not a name, a colon and a value without control characters; with {text}; or a field
 *   that belongs to the connection or to the length of the body.
 * The checks hold for all values, not only for a sample: see request_template.c.
 */
apr_status_t as_request_template_compile(apr_pool_t *p, const char *text, as_request_place_t place,
                                         const char *from, as_request_template_t **compiled,
                                         const char **error);

/* AS_REQUEST_USES_* of a template, combined. */
int as_request_template_uses(const as_request_template_t *compiled);

/* Does this template of a header set the field of this name? */
int as_request_template_sets(const as_request_template_t *compiled, const char *field);

/* The text with its values. A control character in a header becomes a blank. */
const char *as_request_template_render(apr_pool_t *p, const as_request_template_t *compiled,
                                       const as_request_values_t *values);

#endif
