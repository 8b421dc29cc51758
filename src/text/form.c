/* SPDX-License-Identifier: Apache-2.0 */
#include "text/form.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "base/utf8.h"

enum { FIELDS_MAX = 256 };

static int hex_value(char c)
{
    return apr_isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* NULL: an invalid escape, U+0000, or invalid UTF-8. */
static const char *decode(apr_pool_t *p, const char *text, apr_size_t len)
{
    char *out = apr_palloc(p, len + 1);
    apr_size_t used = 0;

    for (apr_size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            if (len - i < 3 || !apr_isxdigit(text[i + 1]) || !apr_isxdigit(text[i + 2])) {
                return NULL;
            }
            c = (char)(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        }
        if (!c) {
            return NULL;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return as_utf8_is_valid(out, used) ? out : NULL;
}

static apr_status_t add_field(apr_pool_t *p, const char *text, apr_size_t len, int allow_repeats,
                              apr_array_header_t *fields)
{
    const char *equals = memchr(text, '=', len);
    apr_size_t name_len = equals ? (apr_size_t)(equals - text) : len;
    as_form_field_t field = {decode(p, text, name_len), ""};

    if (equals) {
        field.value = decode(p, equals + 1, len - name_len - 1);
    }
    if (!field.name || !field.value || fields->nelts == FIELDS_MAX ||
        (!allow_repeats && as_form_get(fields, field.name))) {
        return APR_EINVAL;
    }
    APR_ARRAY_PUSH(fields, as_form_field_t) = field;
    return APR_SUCCESS;
}

apr_status_t as_form_parse(apr_pool_t *p, const char *data, apr_size_t len, int allow_repeats,
                           apr_array_header_t **fields)
{
    const char *end = data + len;
    apr_status_t rv = APR_SUCCESS;

    *fields = apr_array_make(p, 8, sizeof(as_form_field_t));
    while (rv == APR_SUCCESS && data < end) {
        const char *next = memchr(data, '&', (apr_size_t)(end - data));
        apr_size_t count = (apr_size_t)((next ? next : end) - data);

        if (count) {
            rv = add_field(p, data, count, allow_repeats, *fields);
        }
        data += count + 1;
    }
    return rv;
}

const char *as_form_get(const apr_array_header_t *fields, const char *name)
{
    const char *value = NULL;

    for (int i = 0; !value && i < fields->nelts; i++) {
        const as_form_field_t *field = &APR_ARRAY_IDX(fields, i, as_form_field_t);

        if (strcmp(field->name, name) == 0) {
            value = field->value;
        }
    }
    return value;
}

const char *as_form_encode(apr_pool_t *p, const char *value)
{
    static const char hex[] = "0123456789ABCDEF";
    char *encoded = apr_palloc(p, 3 * strlen(value) + 1);
    char *out = encoded;

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if (c < 0x80 && (apr_isalnum(c) || strchr("-._~", c))) {
            *out++ = *value;
        } else {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    *out = '\0';
    return encoded;
}
