/* SPDX-License-Identifier: Apache-2.0 */
/* Names of values inside a JSON object: JSON pointers (RFC 6901) and dotted names. */
#ifndef AS_TEXT_JSON_PATH_H
#define AS_TEXT_JSON_PATH_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "text/json_view.h"

typedef struct as_json_path_t {
    const apr_array_header_t *tokens; /* const char *: the pointer's, unescaped; NULL: dotted */
    const char *dotted;               /* NULL: a pointer */
} as_json_path_t;

/*
 * Parse a path. Text that begins with `/` is a JSON pointer: `~1` stands for `/` and `~0` for `~`,
 * and a number selects an element of an array. Other text is a dotted name, whose dots separate
 * members of nested objects or are part of a member's name. APR_EINVAL: it is empty, or not UTF-8,
 * or a pointer with another `~`.
 */
apr_status_t as_json_path_parse(apr_pool_t *p, const char *text, as_json_path_t *path);

/*
 * Find the value that a path names. 0: there is none. 1: *value, whose text is part of the
 * object's. 2: a dotted name could mean two values or more, and *value is undefined. The cost is
 * bounded by the object's size: each object in it is viewed at most once.
 */
int as_json_path_find(apr_pool_t *p, const as_json_view_t *object, const as_json_path_t *path,
                      as_json_view_value_t *value);

#endif
