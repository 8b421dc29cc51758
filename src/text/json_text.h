/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the strict scanner and of JSON strings that it took, for the files that read them.
 */
#ifndef AS_TEXT_JSON_TEXT_H
#define AS_TEXT_JSON_TEXT_H

#include <apr_tables.h>

#include "base/span.h"

/* A member of an object as it stands. */
typedef struct as_json_strict_member_t {
    as_span_t name;  /* between its quotes */
    as_span_t value; /* with what encloses it */
    int name_escaped;
    int value_escaped; /* if it is a string */
} as_json_strict_member_t;

/* as_json_strict_is_valid, which tells the members of the first object that begins (in an object
 * the object itself) by adding as_json_strict_member_t to `found`, even if it is refused then.
 * NULL: nothing is told.
 */
int as_json_strict_scan(const char *data, apr_size_t len, int depth, apr_array_header_t *found);

/* Reads the UTF-8 bytes that a string means: its escapes are turned into theirs. Set at and end to
 * what stands between the quotes, the rest to 0. */
typedef struct as_json_unescape_t {
    const char *at;
    const char *end;
    unsigned char pending[4];
    int left;
} as_json_unescape_t;

/* The next byte, or -1: that was all. */
int as_json_unescape_next(as_json_unescape_t *reader);

/* The value of a hexadecimal digit; -1: it is none. */
int as_json_unescape_hex_digit(char c);

#endif
