/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of JSON strings that as_json_strict took, for the files that read them. */
#ifndef AS_CORE_JSON_TEXT_H
#define AS_CORE_JSON_TEXT_H

#include "core/span.h"

/* Reads the UTF-8 bytes that a string means: its escapes are turned into theirs. Set at and end to
 * what stands between the quotes, the rest to 0. */
typedef struct as_json_reader_t {
    const char *at;
    const char *end;
    unsigned char pending[4];
    int left;
} as_json_reader_t;

/* The next byte, or -1: that was all. */
int as_json_next_byte(as_json_reader_t *reader);

/* The value of a hexadecimal digit; -1: it is none. */
int as_json_hex_digit(char c);

#endif
