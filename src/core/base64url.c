/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of each character plus one, so that 0 is "not in the alphabet". */
/* clang-format off */
static const unsigned char value_plus_1[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};
/* clang-format on */

/* n (2 to 4) characters as 6n bits; -1: one of them is not in the alphabet. */
static inline int group(const unsigned char *in, apr_size_t n)
{
    int bits = 0;
    apr_size_t i;

    for (i = 0; i < n; i++) {
        int value = value_plus_1[in[i]];

        if (!value) {
            return -1;
        }
        bits = bits << 6 | (value - 1);
    }
    return bits;
}

apr_status_t as_base64url_decode(apr_pool_t *p, const char *text, apr_size_t len, as_span_t *bytes)
{
    const unsigned char *in = (const unsigned char *)text;
    apr_size_t rest = len % 4;
    const unsigned char *end = in + (len - rest);
    char *data, *out;
    int bits;

    if (rest == 1) {
        return APR_EINVAL;
    }
    data = out = apr_palloc(p, len / 4 * 3 + 3);
    for (; in < end; in += 4) {
        if ((bits = group(in, 4)) < 0) {
            return APR_EINVAL;
        }
        *out++ = (char)(bits >> 16);
        *out++ = (char)(bits >> 8);
        *out++ = (char)bits;
    }
    if (rest) {
        int unused = rest == 2 ? 4 : 2;

        if ((bits = group(in, rest)) < 0 || bits & ((1 << unused) - 1)) {
            return APR_EINVAL;
        }
        bits >>= unused;
        if (rest == 3) {
            *out++ = (char)(bits >> 8);
        }
        *out++ = (char)bits;
    }
    *out = '\0';
    bytes->data = data;
    bytes->len = (apr_size_t)(out - data);
    return APR_SUCCESS;
}

const char *as_base64url_encode(apr_pool_t *p, const void *bytes, apr_size_t len)
{
    const unsigned char *in = bytes;
    char *text = apr_palloc(p, (len + 2) / 3 * 4 + 1);
    char *out = text;

    for (; len >= 3; len -= 3, in += 3) {
        *out++ = alphabet[in[0] >> 2];
        *out++ = alphabet[(in[0] & 3) << 4 | in[1] >> 4];
        *out++ = alphabet[(in[1] & 15) << 2 | in[2] >> 6];
        *out++ = alphabet[in[2] & 63];
    }
    if (len) {
        unsigned second = len == 2 ? in[1] : 0;

        *out++ = alphabet[in[0] >> 2];
        *out++ = alphabet[(in[0] & 3) << 4 | second >> 4];
        if (len == 2) {
            *out++ = alphabet[(second & 15) << 2];
        }
    }
    *out = '\0';
    return text;
}
