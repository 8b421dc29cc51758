/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json.h"

#include <limits.h>
#include <string.h>

#include "text/json_strict.h"
#include "text/json_unescape.h"

static apr_status_t free_object(void *data)
{
    json_object_put(data);
    return APR_SUCCESS;
}

static void free_with_pool(apr_pool_t *p, json_object *object)
{
    apr_pool_cleanup_register(p, object, free_object, apr_pool_cleanup_null);
}

/*
 * Replace escaped surrogate pairs with their UTF-8. json-c before 0.17 decodes some pairs wrongly
 * (U+1DE00 becomes U+FFFD), so different texts would become equal.
 */
static const char *replace_surrogates(apr_pool_t *p, const char *data, apr_size_t *len)
{
    enum { PAIR = sizeof("\\ud83d\\ude00") - 1 };
    const char *end = data + *len;
    char *out = apr_palloc(p, *len + 1);
    char *to = out;

    while (data < end) {
        /* The text is strict: escapes are complete, and surrogates come in pairs. */
        if (data[0] == '\\' && data[1] == 'u' && strchr("dD", data[2]) &&
            as_json_unescape_hex_digit(data[3]) >= 8) {
            as_json_unescape_t reader = {.at = data, .end = data + PAIR};

            for (int byte; (byte = as_json_unescape_next(&reader)) >= 0;) {
                *to++ = (char)byte;
            }
            data += PAIR;
        } else {
            int both = *data == '\\';

            *to++ = *data++;
            if (both) {
                *to++ = *data++;
            }
        }
    }
    *to = '\0';
    *len = (apr_size_t)(to - out);
    return out;
}

static int has_unicode_escapes(const char *data, apr_size_t len)
{
    const char *end = data + len;

    while (data && data < end && (data = memchr(data, '\\', (apr_size_t)(end - data)))) {
        if (data[1] == 'u') {
            return 1;
        }
        data += 2;
    }
    return 0;
}

apr_status_t as_json_parse_object(apr_pool_t *p, const char *data, apr_size_t len,
                                  json_object **object)
{
    json_tokener *tokener;
    json_object *tree;

    *object = NULL;
    if (len > INT_MAX || !as_json_strict_is_valid(data, len, AS_JSON_DEPTH)) {
        return APR_EINVAL;
    }
    if (has_unicode_escapes(data, len)) {
        data = replace_surrogates(p, data, &len);
    }
    /* No flags: json-c 0.18 rejects every character outside ASCII under JSON_TOKENER_STRICT. */
    tokener = json_tokener_new_ex(JSON_TOKENER_DEFAULT_DEPTH);
    if (!tokener) {
        return APR_ENOMEM;
    }
    tree = json_tokener_parse_ex(tokener, data, (int)len);
    json_tokener_free(tokener);
    if (!tree) {
        return APR_EINVAL;
    }
    free_with_pool(p, tree);
    if (!json_object_is_type(tree, json_type_object)) {
        return APR_EINVAL;
    }
    *object = tree;
    return APR_SUCCESS;
}

json_object *as_json_new_object(apr_pool_t *p)
{
    json_object *object = json_object_new_object();

    free_with_pool(p, object);
    return object;
}

const char *as_json_get_string(json_object *object, const char *name)
{
    json_object *value = json_object_object_get(object, name);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

void as_json_add_list(json_object *object, const char *name, const char *text,
                      const char *separators)
{
    json_object *list = json_object_new_array();

    json_object_object_add(object, name, list);
    while (text && *text) {
        size_t len = strcspn(text, separators);

        json_object_array_add(list, json_object_new_string_len(text, (int)len));
        text += len;
        text += strspn(text, separators);
    }
}

as_span_t as_json_serialize(json_object *object)
{
    as_span_t text;

    text.data = json_object_to_json_string_length(
        object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &text.len);
    return text;
}
