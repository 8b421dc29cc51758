/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict JSON object as its members stand in the text, without a tree: for the headers and
 * payloads of tokens, of which each is read once and a tree costs several times what the reading
 * does. Nested objects are viewed one by one, where somebody asks.
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
    int escaped;    /* has the string any escapes? */
    as_span_t text; /* as it stands; a string, an array and an object without what encloses them */
} as_json_view_value_t;

typedef struct as_json_view_member_t {
    const char *name; /* what it means; no U+0000 inside */
    apr_size_t name_len;
    as_json_view_value_t value;
} as_json_view_member_t;

typedef struct as_json_view_t {
    const as_json_view_member_t *members; /* in their order */
    apr_size_t count;
} as_json_view_t;

/* View a strict JSON *object* (as_json_strict_is_valid with AS_JSON_DEPTH). The values are parts of
 * `data`, which must live as long. APR_EINVAL: not strict, or not an object. */
apr_status_t as_json_view_parse(apr_pool_t *p, const char *data, apr_size_t len,
                                as_json_view_t *view);

/* View an object inside another. APR_EINVAL: it is no object. */
apr_status_t as_json_view_parse_inner(apr_pool_t *p, const as_json_view_value_t *object,
                                      as_json_view_t *view);

/* The member's value, or NULL. */
const as_json_view_value_t *as_json_view_find(const as_json_view_t *view, const char *name);

/* The bytes that a string means go to `to`, which has room for text.len; how many they are. */
apr_size_t as_json_view_unescape(const as_json_view_value_t *string, char *to);

/* Does the string mean a control character: a byte below 0x20, or 0x7f? */
int as_json_view_has_control(const as_json_view_value_t *string);

/* A string's text, NUL-terminated, or NULL: the value is NULL or no string. */
const char *as_json_view_get_string(apr_pool_t *p, const as_json_view_value_t *value);

/* A number as json-c converts it; 0: the value is no number, or there is no memory. */
int as_json_view_get_number(const as_json_view_value_t *value, double *number);

/* Take the next element of an array from what is left of its text; 0: there is none left. */
int as_json_view_next_element(as_span_t *left, as_json_view_value_t *element);

#endif
