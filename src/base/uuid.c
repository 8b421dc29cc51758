/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include <apr_lib.h>

#include "base/clock.h"
#include "base/random.h"

enum {
    TIME_BYTES = 6, /* big-endian milliseconds since 1970 */
    VERSION_BYTE = 6,
    VERSION_7 = 0x70,
    VARIANT_BYTE = 8,
    VARIANT_RFC = 0x80,
};

static int starts_group(apr_size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

const char *as_uuid_format(apr_pool_t *p, const unsigned char bytes[AS_UUID_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    char *text = apr_palloc(p, AS_UUID_LEN + 1);
    char *out = text;

    for (apr_size_t i = 0; i < AS_UUID_BYTES; i++) {
        if (starts_group(i)) {
            *out++ = '-';
        }
        *out++ = hex[bytes[i] >> 4];
        *out++ = hex[bytes[i] & 0x0f];
    }
    *out = '\0';
    return text;
}

static unsigned read_hex(char c)
{
    return (unsigned)(apr_isdigit(c) ? c - '0' : apr_tolower(c) - 'a' + 10);
}

void as_uuid_parse(const char *text, unsigned char bytes[AS_UUID_BYTES])
{
    for (apr_size_t i = 0; i < AS_UUID_BYTES; i++) {
        text += starts_group(i);
        bytes[i] = (unsigned char)(read_hex(text[0]) << 4 | read_hex(text[1]));
        text += 2;
    }
}

apr_status_t as_uuid_generate(apr_pool_t *p, const char **uuid)
{
    unsigned char b[AS_UUID_BYTES];
    apr_uint64_t ms = (apr_uint64_t)apr_time_as_msec(as_clock_now());
    apr_size_t i;
    apr_status_t rv = as_random_bytes(b + TIME_BYTES, sizeof(b) - TIME_BYTES);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < TIME_BYTES; i++) {
        b[i] = (unsigned char)(ms >> (8 * (TIME_BYTES - 1 - i)));
    }
    b[VERSION_BYTE] = (unsigned char)(VERSION_7 | (b[VERSION_BYTE] & 0x0f));
    b[VARIANT_BYTE] = (unsigned char)(VARIANT_RFC | (b[VARIANT_BYTE] & 0x3f));
    *uuid = as_uuid_format(p, b);
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
