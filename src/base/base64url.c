/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64url.h"

#include <arpa/inet.h>

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of each character. XX is outside the six bits of a value, so the OR of many values
 * shows whether any character is invalid. */
#define XX 0x80
/* clang-format off */
static const unsigned char value[256] = {
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, XX,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, XX, XX, XX,
    XX, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, 63,
    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
};
/* clang-format on */

apr_status_t as_base64url_decode(apr_pool_t *p, const char *text, apr_size_t len, as_span_t *bytes)
{
    const unsigned char *in = (const unsigned char *)text;
    apr_size_t rest = len % 4;
    const unsigned char *end = in + (len - rest);
    char *data, *out;
    unsigned a, b, c, d, bad = 0;
    apr_uint32_t word;

    if (rest == 1) {
        return APR_EINVAL;
    }
    data = out = apr_palloc(p, len / 4 * 3 + 3);
    for (; in < end; in += 4, out += 3) {
        a = value[in[0]], b = value[in[1]], c = value[in[2]], d = value[in[3]];
        bad |= a | b | c | d;
        /* Three bytes; the next step overwrites the fourth. */
        word = htonl(a << 26 | b << 20 | c << 14 | d << 8);
        memcpy(out, &word, sizeof(word));
    }
    if (rest) {
        a = value[in[0]], b = value[in[1]], c = rest == 3 ? value[in[2]] : 0;
        bad |= a | b | c | ((rest == 3 ? c & 3 : b & 15) ? XX : 0);
        *out++ = (char)(a << 2 | b >> 4);
        if (rest == 3) {
            *out++ = (char)(b << 4 | c >> 2);
        }
    }
    if (bad & XX) {
        return APR_EINVAL;
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
