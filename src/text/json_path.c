/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_path.h"

#include <apr_strings.h>

#include <string.h>

#include "base/utf8.h"

/* Unescape a reference token in place (RFC 6901 §3, §4). 0: an invalid `~`. */
static int unescape(char *token)
{
    char *to = token;

    for (const char *at = token; *at; at++) {
        if (*at != '~') {
            *to++ = *at;
        } else if (*++at == '0') {
            *to++ = '~';
        } else if (*at == '1') {
            *to++ = '/';
        } else {
            return 0;
        }
    }
    *to = '\0';
    return 1;
}

static apr_status_t parse_pointer(apr_pool_t *p, const char *text, as_json_path_t *path)
{
    apr_array_header_t *tokens = apr_array_make(p, 4, sizeof(const char *));

    while (*text) {
        apr_size_t len = strcspn(++text, "/");
        char *token = apr_pstrmemdup(p, text, len);

        if (!unescape(token)) {
            return APR_EINVAL;
        }
        APR_ARRAY_PUSH(tokens, const char *) = token;
        text += len;
    }
    path->tokens = tokens;
    path->dotted = NULL;
    return APR_SUCCESS;
}

apr_status_t as_json_path_parse(apr_pool_t *p, const char *text, as_json_path_t *path)
{
    *path = (as_json_path_t){.dotted = text};
    if (!*text || !as_utf8_is_valid(text, strlen(text))) {
        return APR_EINVAL;
    }
    return *text == '/' ? parse_pointer(p, text, path) : APR_SUCCESS;
}

/* RFC 6901 §4: digits without leading zeros. `-`, the element after the last, does not exist. */
static int find_element(const as_json_view_value_t *array, const char *token,
                        as_json_view_value_t *value)
{
    enum { DIGITS_MAX = 9 };
    apr_size_t len = strlen(token);
    as_span_t left = array->text;
    apr_size_t index = 0;

    if (!len || len > DIGITS_MAX || strspn(token, "0123456789") != len ||
        (*token == '0' && len > 1)) {
        return 0;
    }
    while (*token) {
        index = index * 10 + (apr_size_t)(*token++ - '0');
    }
    while (as_json_view_next_element(&left, value)) {
        if (!index--) {
            return 1;
        }
    }
    return 0;
}

static int find_member(apr_pool_t *p, const as_json_view_value_t *object, const char *token,
                       as_json_view_value_t *value)
{
    as_json_view_t view;
    const as_json_view_value_t *member;

    if (as_json_view_parse_inner(p, object, &view) != APR_SUCCESS) {
        return 0;
    }
    member = as_json_view_find(&view, token);
    if (member) {
        *value = *member;
    }
    return member != NULL;
}

/* Follow the tokens, from this index on, starting at *value. */
static int follow_tokens(apr_pool_t *p, const apr_array_header_t *tokens, int from,
                         as_json_view_value_t *value)
{
    int found = 1;

    for (int i = from; found && i < tokens->nelts; i++) {
        const char *token = APR_ARRAY_IDX(tokens, i, const char *);
        as_json_view_value_t outer = *value;

        found = outer.kind == AS_JSON_VIEW_ARRAY ? find_element(&outer, token, value)
                                                 : find_member(p, &outer, token, value);
    }
    return found;
}

static int find_pointer(apr_pool_t *p, const as_json_view_t *object,
                        const apr_array_header_t *tokens, as_json_view_value_t *value)
{
    const as_json_view_value_t *first =
        as_json_view_find(object, APR_ARRAY_IDX(tokens, 0, const char *));

    if (!first) {
        return 0;
    }
    *value = *first;
    return follow_tokens(p, tokens, 1, value);
}

/* Try each dot both as part of a name and as a separator. */
static int find_dotted(apr_pool_t *p, const as_json_view_t *object, const char *name,
                       as_json_view_value_t *value)
{
    const as_json_view_value_t *whole = as_json_view_find(object, name);
    int found = whole != NULL;

    if (whole) {
        *value = *whole;
    }
    for (const char *dot = strchr(name, '.'); dot && found < 2; dot = strchr(dot + 1, '.')) {
        const char *outer = apr_pstrmemdup(p, name, (apr_size_t)(dot - name));
        const as_json_view_value_t *member = as_json_view_find(object, outer);
        as_json_view_t inner;

        if (member && as_json_view_parse_inner(p, member, &inner) == APR_SUCCESS) {
            found += find_dotted(p, &inner, dot + 1, value);
        }
    }
    return found < 2 ? found : 2;
}

int as_json_path_find(apr_pool_t *p, const as_json_view_t *object, const as_json_path_t *path,
                      as_json_view_value_t *value)
{
    return path->tokens ? find_pointer(p, object, path->tokens, value)
                        : find_dotted(p, object, path->dotted, value);
}

int as_json_path_find_from(apr_pool_t *p, const as_json_view_value_t *root,
                           const as_json_path_t *pointer, as_json_view_value_t *value)
{
    *value = *root;
    return pointer->tokens ? follow_tokens(p, pointer->tokens, 0, value) : 0;
}
