/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner that decides what is JSON: RFC 8259 and nothing else. json-c accepts more, and its
 * strict mode differs between releases, so this scanner runs first.
 */
#ifndef AS_TEXT_JSON_STRICT_H
#define AS_TEXT_JSON_STRICT_H

#include <apr_tables.h>

#include "base/span.h"

/*
 * Is this exactly one RFC 8259 value, nested at most `depth` deep (a scalar has depth 0)? The text
 * must be valid UTF-8, without U+0000 in a string and without lone surrogates. An object may have
 * at most 4096 members, all with different names (compared after unescaping). Time is O(n log n).
 */
int as_json_strict_is_valid(const char *data, apr_size_t len, int depth);

/* One member of an object, as spans of the scanned text. */
typedef struct as_json_strict_member_t {
    as_span_t name;  /* without its quotes */
    as_span_t value; /* with quotes, braces or brackets */
    int name_escaped;
    int value_escaped; /* if it is a string */
} as_json_strict_member_t;

/* As as_json_strict_is_valid, and append the members of the first object of the text (in an object
 * the object itself) to `members`, as as_json_strict_member_t. If the text is not valid, members
 * may have been appended. NULL: collect none. */
int as_json_strict_scan(const char *data, apr_size_t len, int depth, apr_array_header_t *members);

#endif
