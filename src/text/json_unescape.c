/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_unescape.h"

enum { HIGH_SURROGATE_MIN = 0xd800, LOW_SURROGATE_MIN = 0xdc00, SUPPLEMENTARY_MIN = 0x10000 };

int as_json_unescape_hex_digit(char c)
{
    int value = -1;

    if (c >= '0' && c <= '9') {
        value = c - '0';
    } else if (c >= 'a' && c <= 'f') {
        value = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
        value = c - 'A' + 10;
    }
    return value;
}

static int decode_unit(const char **at)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        unit = unit * 16 + as_json_unescape_hex_digit(*(*at)++);
    }
    return unit;
}

/* Store the UTF-8 of a code point backwards, because bytes are taken from the end. */
static void push_utf8(as_json_unescape_t *r, unsigned int point)
{
    static const unsigned int lead[] = {0x00, 0xc0, 0xe0, 0xf0};
    int trail = (point >= 0x80) + (point >= 0x800) + (point >= 0x10000);

    for (r->left = 0; r->left < trail; point >>= 6) {
        r->pending[r->left++] = (unsigned char)(0x80 | (point & 0x3f));
    }
    r->pending[r->left++] = (unsigned char)(lead[trail] | point);
}

int as_json_unescape_next(as_json_unescape_t *r)
{
    unsigned int point;
    char c;

    if (r->left) {
        return r->pending[--r->left];
    }
    if (r->at == r->end) {
        return -1;
    }
    c = *r->at++;
    if (c != '\\') {
        return (unsigned char)c;
    }
    c = *r->at++;
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        break;
    default:
        return (unsigned char)c;
    }
    point = (unsigned int)decode_unit(&r->at);
    if (point >= HIGH_SURROGATE_MIN && point < LOW_SURROGATE_MIN) {
        r->at += 2; /* the \u of the low surrogate */
        point = SUPPLEMENTARY_MIN + ((point - HIGH_SURROGATE_MIN) << 10) +
                ((unsigned int)decode_unit(&r->at) - LOW_SURROGATE_MIN);
    }
    push_utf8(r, point);
    return r->pending[--r->left];
}
