/* SPDX-License-Identifier: Apache-2.0 */
/* The content of JSON strings, unescaped byte by byte. The strings must have passed json_strict. */
#ifndef AS_TEXT_JSON_UNESCAPE_H
#define AS_TEXT_JSON_UNESCAPE_H

/* A reader of one string. Set at and end to the text between the quotes, and the rest to 0. */
typedef struct as_json_unescape_t {
    const char *at;
    const char *end;
    unsigned char pending[4]; /* bytes of the last escape, the next one last */
    int left;                 /* how many of them */
} as_json_unescape_t;

/* The next byte of the unescaped UTF-8, or -1 at the end. */
int as_json_unescape_next(as_json_unescape_t *reader);

/* The value of a hexadecimal digit, or -1. */
int as_json_unescape_hex_digit(char c);

#endif
