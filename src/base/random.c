/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <limits.h>
#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"

#define UUID_BYTES 16
#define TOKEN_BYTES 32

static apr_status_t openssl_bytes(void *buf, apr_size_t n)
{
    int ok;

    ERR_set_mark();
    ok = n <= INT_MAX && RAND_bytes(buf, (int)n) == 1;
    ERR_pop_to_mark();
    return ok ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t (*random_bytes)(void *buf, apr_size_t n) = openssl_bytes;

apr_status_t as_random_bytes(void *buf, apr_size_t n)
{
    return random_bytes(buf, n);
}

void as_random_set_generator(apr_status_t (*bytes)(void *buf, apr_size_t n))
{
    random_bytes = bytes ? bytes : openssl_bytes;
}

static int dash_before(apr_size_t hex_digits)
{
    return hex_digits == 8 || hex_digits == 12 || hex_digits == 16 || hex_digits == 20;
}

apr_status_t as_uuid_generate(apr_pool_t *p, const char **uuid)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char b[UUID_BYTES];
    apr_uint64_t ms = (apr_uint64_t)apr_time_as_msec(as_clock_now());
    char *text, *out;
    apr_size_t i;
    apr_status_t rv = as_random_bytes(b + 6, sizeof(b) - 6);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < 6; i++) {
        b[i] = (unsigned char)(ms >> (40 - 8 * i));
    }
    b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    out = text = apr_palloc(p, AS_UUID_LEN + 1);
    for (i = 0; i < sizeof(b); i++) {
        if (dash_before(2 * i)) {
            *out++ = '-';
        }
        *out++ = hex[b[i] >> 4];
        *out++ = hex[b[i] & 0x0f];
    }
    *out = '\0';
    *uuid = text;
    return APR_SUCCESS;
}

static int is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int as_uuid_is_valid(const char *text)
{
    apr_size_t i;

    for (i = 0; i < AS_UUID_LEN; i++) {
        int dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !is_hex(text[i])) {
            return 0;
        }
    }
    return text[AS_UUID_LEN] == '\0';
}

apr_status_t as_random_token(apr_pool_t *p, const char **token)
{
    unsigned char b[TOKEN_BYTES];
    apr_status_t rv = as_random_bytes(b, sizeof(b));

    if (rv == APR_SUCCESS) {
        *token = as_base64url_encode(p, b, sizeof(b));
    }
    OPENSSL_cleanse(b, sizeof(b));
    return rv;
}
