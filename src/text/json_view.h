/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a strict JSON object as spans of its text, without a tree. It is for headers and
 * payloads of tokens: each is read once, and building a tree costs several times as much. Nested
 * objects are parsed only on demand.
 */
#ifndef AS_TEXT_JSON_VIEW_H
#define AS_TEXT_JSON_VIEW_H

#include <apr_pools.h>

#include "base/span.h"

typedef enum as_json_view_kind_t {
    AS_JSON_VIEW_STRING,
    AS_JSON_VIEW_NUMBER,
    AS_JSON_VIEW_BOOLEAN,
    AS_JSON_VIEW_NULL,
    AS_JSON_VIEW_ARRAY,
    AS_JSON_VIEW_OBJECT
} as_json_view_kind_t;

typedef struct as_json_view_value_t {
    as_json_view_kind_t kind;
    int escaped;    /* does the string have escapes? */
    as_span_t text; /* as written, without enclosing quotes, brackets or braces */
} as_json_view_value_t;

typedef struct as_json_view_member_t {
    const char *name; /* unescaped; without U+0000 */
    apr_size_t name_len;
    as_json_view_value_t value;
} as_json_view_member_t;

typedef struct as_json_view_t {
    const as_json_view_member_t *members; /* in the order of the text */
    apr_size_t count;
} as_json_view_t;

/* Parse a strict JSON *object* (as_json_strict_is_valid with AS_JSON_DEPTH). The values are parts
 * of `data`, which must live as long. APR_EINVAL: not strict, or not an object. */
apr_status_t as_json_view_parse(apr_pool_t *p, const char *data, apr_size_t len,
                                as_json_view_t *view);

/* Parse one strict JSON value of any kind, as above. */
apr_status_t as_json_view_parse_value(const char *data, apr_size_t len,
                                      as_json_view_value_t *value);

/* Parse an object inside another. APR_EINVAL: not an object. */
apr_status_t as_json_view_parse_inner(apr_pool_t *p, const as_json_view_value_t *object,
                                      as_json_view_t *view);

/* The member's value, or NULL. */
const as_json_view_value_t *as_json_view_find(const as_json_view_t *view, const char *name);

/* Write the unescaped string to `to`, which has room for text.len bytes. Returns the length. */
apr_size_t as_json_view_unescape(const as_json_view_value_t *string, char *to);

/* Does the unescaped string have a control character: a byte below 0x20, or 0x7f? */
int as_json_view_has_control(const as_json_view_value_t *string);

/* The unescaped string, NUL-terminated. NULL: value is NULL or not a string. */
const char *as_json_view_get_string(apr_pool_t *p, const as_json_view_value_t *value);

/* Convert a number, as json-c does. 0: not a number, or no memory. */
int as_json_view_get_number(const as_json_view_value_t *value, double *number);

/* Take the next element from the rest of an array's text. 0: no more elements. */
int as_json_view_next_element(as_span_t *left, as_json_view_value_t *element);

#endif
