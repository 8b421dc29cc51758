/* SPDX-License-Identifier: Apache-2.0 */
/* Paths to values inside a JSON object: JSON pointers (RFC 6901) and dotted names. */
#ifndef AS_TEXT_JSON_PATH_H
#define AS_TEXT_JSON_PATH_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "text/json_view.h"

typedef struct as_json_path_t {
    const apr_array_header_t *tokens; /* const char *, unescaped; NULL: a dotted name */
    const char *dotted;               /* NULL: a pointer */
} as_json_path_t;

/*
 * Parse a path. Text that begins with `/` is a JSON pointer: `~1` means `/`, `~0` means `~`, and a
 * number selects an element of an array. Other text is a dotted name: a dot separates members of
 * nested objects, or is part of a member's name. APR_EINVAL: empty, not UTF-8, or a pointer with
 * another `~`.
 */
apr_status_t as_json_path_parse(apr_pool_t *p, const char *text, as_json_path_t *path);

/*
 * Find the value of a path. 0: not found. 1: found; *value is part of the object's text. 2: a
 * dotted name matches several values, and *value is undefined. Each nested object is viewed at most
 * once, so the cost is bounded by the size of the object.
 */
int as_json_path_find(apr_pool_t *p, const as_json_view_t *object, const as_json_path_t *path,
                      as_json_view_value_t *value);

/* Find the value of a pointer, starting at a value of any kind, with the same results. 0 also: the
 * path is a dotted name. */
int as_json_path_find_from(apr_pool_t *p, const as_json_view_value_t *root,
                           const as_json_path_t *pointer, as_json_view_value_t *value);

#endif
