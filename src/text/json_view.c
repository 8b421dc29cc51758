/* SPDX-License-Identifier: Apache-2.0 */
/* All text here has passed as_json_strict_scan, so nothing is checked twice. */
#include "text/json_view.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <json-c/json.h>

#include <limits.h>
#include <string.h>

#include "text/json.h"
#include "text/json_strict.h"
#include "text/json_unescape.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(as_span_t *left)
{
    while (left->len && is_blank(*left->data)) {
        left->data++;
        left->len--;
    }
}

static void skip(as_span_t *left, apr_size_t len)
{
    left->data += len;
    left->len -= len;
}

/* Skip a string that begins here. Returns the text between its quotes. */
static as_span_t take_string(as_span_t *left)
{
    const char *start = left->data + 1;
    const char *at = start;
    as_span_t text;

    while (*at != '"') {
        at += *at == '\\' ? 2 : 1;
    }
    text = (as_span_t){start, (apr_size_t)(at - start)};
    skip(left, text.len + 2);
    return text;
}

/* Skip the array or object that begins here. Returns the text between its brackets. */
static as_span_t take_nested(as_span_t *left)
{
    const char *start = left->data + 1;
    int depth = 0;

    do {
        switch (*left->data) {
        case '"':
            take_string(left);
            break;
        case '{':
        case '[':
            depth++;
            skip(left, 1);
            break;
        case '}':
        case ']':
            depth--;
            skip(left, 1);
            break;
        default:
            skip(left, 1);
            break;
        }
    } while (depth);
    return (as_span_t){start, (apr_size_t)(left->data - start) - 1};
}

/* Skip a number, true, false or null. */
static as_span_t take_plain(as_span_t *left)
{
    const char *start = left->data;
    const char *end = start + left->len;
    const char *at = start;

    while (at < end && *at != ',' && !is_blank(*at)) {
        at++;
    }
    skip(left, (apr_size_t)(at - start));
    return (as_span_t){start, (apr_size_t)(at - start)};
}

static as_json_view_kind_t kind_from_first_byte(char first)
{
    switch (first) {
    case '"':
        return AS_JSON_VIEW_STRING;
    case '{':
        return AS_JSON_VIEW_OBJECT;
    case '[':
        return AS_JSON_VIEW_ARRAY;
    case 't':
    case 'f':
        return AS_JSON_VIEW_BOOLEAN;
    case 'n':
        return AS_JSON_VIEW_NULL;
    default:
        return AS_JSON_VIEW_NUMBER;
    }
}

static as_json_view_member_t to_member(apr_pool_t *p, const as_json_strict_member_t *found)
{
    as_json_view_value_t name = {AS_JSON_VIEW_STRING, found->name_escaped, found->name};
    as_json_view_value_t value = {kind_from_first_byte(*found->value.data), found->value_escaped,
                                  found->value};
    char *text = apr_palloc(p, name.text.len + 1);
    apr_size_t len = as_json_view_unescape(&name, text);

    text[len] = '\0';
    if (value.kind == AS_JSON_VIEW_STRING || value.kind == AS_JSON_VIEW_OBJECT ||
        value.kind == AS_JSON_VIEW_ARRAY) {
        value.text.data++;
        value.text.len -= 2;
    }
    return (as_json_view_member_t){text, len, value};
}

apr_status_t as_json_view_parse(apr_pool_t *p, const char *data, apr_size_t len,
                                as_json_view_t *view)
{
    enum { MEMBERS_USUAL = 16 };
    as_span_t left = {data, len};
    apr_array_header_t *found;
    as_json_view_member_t *members;

    skip_blanks(&left);
    if (!left.len || *left.data != '{') {
        return APR_EINVAL;
    }
    found = apr_array_make(p, MEMBERS_USUAL, sizeof(as_json_strict_member_t));
    if (!as_json_strict_scan(data, len, AS_JSON_DEPTH, found)) {
        return APR_EINVAL;
    }
    members = apr_palloc(p, (apr_size_t)found->nelts * sizeof(*members));
    for (int i = 0; i < found->nelts; i++) {
        members[i] = to_member(p, &APR_ARRAY_IDX(found, i, as_json_strict_member_t));
    }
    view->members = members;
    view->count = (apr_size_t)found->nelts;
    return APR_SUCCESS;
}

apr_status_t as_json_view_parse_value(const char *data, apr_size_t len, as_json_view_value_t *value)
{
    as_span_t left = {data, len};

    return as_json_strict_is_valid(data, len, AS_JSON_DEPTH) &&
                   as_json_view_next_element(&left, value)
               ? APR_SUCCESS
               : APR_EINVAL;
}

apr_status_t as_json_view_parse_inner(apr_pool_t *p, const as_json_view_value_t *object,
                                      as_json_view_t *view)
{
    /* Include the braces, which are next to the text. */
    return object->kind == AS_JSON_VIEW_OBJECT
               ? as_json_view_parse(p, object->text.data - 1, object->text.len + 2, view)
               : APR_EINVAL;
}

const as_json_view_value_t *as_json_view_find(const as_json_view_t *view, const char *name)
{
    apr_size_t len = strlen(name);

    for (apr_size_t i = 0; i < view->count; i++) {
        const as_json_view_member_t *member = &view->members[i];

        if (member->name_len == len && *member->name == *name &&
            memcmp(member->name, name, len) == 0) {
            return &member->value;
        }
    }
    return NULL;
}

apr_size_t as_json_view_unescape(const as_json_view_value_t *string, char *to)
{
    as_json_unescape_t reader = {.at = string->text.data,
                                 .end = string->text.data + string->text.len};
    char *out = to;
    int c;

    if (!string->escaped) {
        memcpy(to, string->text.data, string->text.len);
        return string->text.len;
    }
    while ((c = as_json_unescape_next(&reader)) >= 0) {
        *out++ = (char)c;
    }
    return (apr_size_t)(out - to);
}

int as_json_view_has_control(const as_json_view_value_t *string)
{
    as_json_unescape_t reader = {.at = string->text.data,
                                 .end = string->text.data + string->text.len};
    int c;

    /* The scanner rejects unescaped bytes below 0x20. */
    if (!string->escaped) {
        return memchr(string->text.data, 0x7f, string->text.len) != NULL;
    }
    do {
        c = as_json_unescape_next(&reader);
    } while (c >= 0x20 && c != 0x7f);
    return c >= 0;
}

const char *as_json_view_get_string(apr_pool_t *p, const as_json_view_value_t *value)
{
    char *text = NULL;

    if (value && value->kind == AS_JSON_VIEW_STRING) {
        text = apr_palloc(p, value->text.len + 1);
        text[as_json_view_unescape(value, text)] = '\0';
    }
    return text;
}

/* json-c does not depend on the locale. */
static int convert_with_json_c(as_span_t text, double *number)
{
    json_tokener *tokener = text.len < INT_MAX ? json_tokener_new() : NULL;
    json_object *value = NULL;

    if (tokener) {
        /* A NUL byte marks the end of the number. */
        value = json_tokener_parse_ex(tokener, text.data, (int)text.len);
        if (json_tokener_get_error(tokener) == json_tokener_continue) {
            value = json_tokener_parse_ex(tokener, "", 1);
        }
        json_tokener_free(tokener);
    }
    if (value) {
        *number = json_object_get_double(value);
    }
    json_object_put(value);
    return value != NULL;
}

int as_json_view_get_number(const as_json_view_value_t *value, double *number)
{
    enum { EXACT_DIGITS = 15 }; /* a double holds any integer of so many digits */
    apr_int64_t whole = 0;
    apr_size_t i = 0;

    if (!value || value->kind != AS_JSON_VIEW_NUMBER) {
        return 0;
    }
    while (i < value->text.len && i < EXACT_DIGITS && value->text.data[i] >= '0' &&
           value->text.data[i] <= '9') {
        whole = whole * 10 + (value->text.data[i++] - '0');
    }
    if (i < value->text.len) {
        return convert_with_json_c(value->text, number);
    }
    *number = (double)whole;
    return 1;
}

int as_json_view_next_element(as_span_t *left, as_json_view_value_t *element)
{
    skip_blanks(left);
    if (!left->len) {
        return 0;
    }
    element->kind = kind_from_first_byte(*left->data);
    switch (element->kind) {
    case AS_JSON_VIEW_STRING:
        element->text = take_string(left);
        break;
    case AS_JSON_VIEW_ARRAY:
    case AS_JSON_VIEW_OBJECT:
        element->text = take_nested(left);
        break;
    default:
        element->text = take_plain(left);
        break;
    }
    element->escaped = memchr(element->text.data, '\\', element->text.len) != NULL;
    skip_blanks(left);
    if (left->len) {
        skip(left, 1); /* the comma */
    }
    return 1;
}
