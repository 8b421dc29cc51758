/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

/* The length of the code point at `s`, which has `left` more bytes; 0: invalid. RFC 3629 §4. */
static apr_size_t point_length(const unsigned char *s, apr_size_t left)
{
    apr_size_t len = 0;

    if (s[0] < 0x80) {
        len = 1;
    } else if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        len = 2;
    } else if ((s[0] & 0xf0) == 0xe0) {
        len = 3;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        len = 4;
    }
    if (!len || len > left) {
        return 0;
    }
    for (apr_size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    /* overlong forms, surrogates, beyond U+10FFFF */
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
        return 0;
    }
    return len;
}

/* Are these eight bytes ASCII? */
static int is_ascii(const unsigned char *s)
{
    apr_uint64_t word;

    memcpy(&word, s, sizeof(word));
    return !(word & APR_UINT64_C(0x8080808080808080));
}

int as_utf8_is_valid(const char *data, apr_size_t len)
{
    const unsigned char *s = (const unsigned char *)data;
    apr_size_t step = 1;

    while (len && step) {
        /* Most text is ASCII: skip eight bytes at once. */
        for (; len >= sizeof(apr_uint64_t) && is_ascii(s); len -= sizeof(apr_uint64_t)) {
            s += sizeof(apr_uint64_t);
        }
        if (!len) {
            break;
        }
        step = point_length(s, len);
        s += step;
        len -= step;
    }
    return !len;
}

int as_utf8_has_control(const char *text)
{
    while ((unsigned char)*text >= 0x20 && *text != 0x7f) {
        text++;
    }
    return *text != '\0';
}

apr_size_t as_utf8_count_points(const char *data, apr_size_t len)
{
    apr_size_t count = 0;

    for (apr_size_t i = 0; i < len; i++) {
        count += ((unsigned char)data[i] & 0xc0) != 0x80;
    }
    return count;
}

apr_size_t as_utf8_truncated_length(const char *text, apr_size_t max)
{
    apr_size_t len = 0;

    while (len < max && text[len]) {
        len++;
    }
    while (len && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}
