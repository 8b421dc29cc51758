/* SPDX-License-Identifier: Apache-2.0 */
/* Everything here reads text that as_json_strict took, so nothing is checked a second time. */
#include "core/json_view.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <json-c/json.h>

#include <limits.h>
#include <string.h>

#include "core/json.h"
#include "core/json_text.h"

static void skip_blanks(as_span_t *left)
{
    while (left->len && (*left->data == ' ' || *left->data == '\t' || *left->data == '\n' ||
                         *left->data == '\r')) {
        left->data++;
        left->len--;
    }
}

static void skip(as_span_t *left, apr_size_t len)
{
    left->data += len;
    left->len -= len;
}

/* At its first quote: what stands between the two, which are skipped. */
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

/* At its bracket: what stands between the two that match. */
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

/* A number or a word. */
static as_span_t take_plain(as_span_t *left)
{
    const char *start = left->data;

    while (left->len && !strchr(" \t\r\n,]}", *left->data)) {
        skip(left, 1);
    }
    return (as_span_t){start, (apr_size_t)(left->data - start)};
}

static as_json_value_t take_value(as_span_t *left)
{
    as_json_value_t value;

    skip_blanks(left);
    switch (*left->data) {
    case '"':
        value = (as_json_value_t){AS_JSON_STRING, take_string(left)};
        break;
    case '{':
        value = (as_json_value_t){AS_JSON_OBJECT, take_nested(left)};
        break;
    case '[':
        value = (as_json_value_t){AS_JSON_ARRAY, take_nested(left)};
        break;
    case 't':
    case 'f':
        value = (as_json_value_t){AS_JSON_BOOLEAN, take_plain(left)};
        break;
    case 'n':
        value = (as_json_value_t){AS_JSON_NULL, take_plain(left)};
        break;
    default:
        value = (as_json_value_t){AS_JSON_NUMBER, take_plain(left)};
        break;
    }
    skip_blanks(left);
    return value;
}

/* At a name's quote, to behind the comma that follows its value. */
static void take_member(apr_pool_t *p, as_span_t *left, as_json_member_t *member)
{
    as_json_value_t name = take_value(left);
    char *text = apr_palloc(p, name.text.len + 1);

    member->name_len = as_json_view_unescape(&name, text);
    text[member->name_len] = '\0';
    member->name = text;
    skip(left, 1);
    member->value = take_value(left);
    skip(left, 1);
    skip_blanks(left);
}

apr_status_t as_json_view(apr_pool_t *p, const char *data, apr_size_t len, as_json_view_t *view)
{
    enum { USUAL = 16 };
    as_span_t left = {data, len};
    apr_array_header_t *members;

    skip_blanks(&left);
    if (!left.len || *left.data != '{' || !as_json_strict(data, len, AS_JSON_DEPTH)) {
        return APR_EINVAL;
    }
    members = apr_array_make(p, USUAL, sizeof(as_json_member_t));
    skip(&left, 1);
    skip_blanks(&left);
    while (left.len && *left.data == '"') {
        take_member(p, &left, apr_array_push(members));
    }
    view->members = (const as_json_member_t *)(const void *)members->elts;
    view->count = (apr_size_t)members->nelts;
    return APR_SUCCESS;
}

const as_json_value_t *as_json_view_find(const as_json_view_t *view, const char *name)
{
    apr_size_t len = strlen(name);

    for (apr_size_t i = 0; i < view->count; i++) {
        const as_json_member_t *member = &view->members[i];

        if (member->name_len == len && memcmp(member->name, name, len) == 0) {
            return &member->value;
        }
    }
    return NULL;
}

apr_size_t as_json_view_unescape(const as_json_value_t *string, char *to)
{
    as_json_reader_t reader = {.at = string->text.data,
                               .end = string->text.data + string->text.len};
    char *out = to;
    int c;

    if (!memchr(string->text.data, '\\', string->text.len)) {
        memcpy(to, string->text.data, string->text.len);
        return string->text.len;
    }
    while ((c = as_json_next_byte(&reader)) >= 0) {
        *out++ = (char)c;
    }
    return (apr_size_t)(out - to);
}

const char *as_json_view_string(apr_pool_t *p, const as_json_value_t *value)
{
    char *text = NULL;

    if (value && value->kind == AS_JSON_STRING) {
        text = apr_palloc(p, value->text.len + 1);
        text[as_json_view_unescape(value, text)] = '\0';
    }
    return text;
}

/* As json-c reads it, whatever the locale. */
static int convert(as_span_t text, double *number)
{
    json_tokener *tokener = text.len < INT_MAX ? json_tokener_new() : NULL;
    json_object *value = NULL;

    if (tokener) {
        /* A number ends where something else begins. */
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

int as_json_view_number(const as_json_value_t *value, double *number)
{
    enum { EXACT = 15 }; /* digits that a double always holds */
    apr_int64_t whole = 0;
    apr_size_t i = 0;

    if (!value || value->kind != AS_JSON_NUMBER) {
        return 0;
    }
    while (i < value->text.len && i < EXACT && value->text.data[i] >= '0' &&
           value->text.data[i] <= '9') {
        whole = whole * 10 + (value->text.data[i++] - '0');
    }
    if (i < value->text.len) {
        return convert(value->text, number);
    }
    *number = (double)whole;
    return 1;
}

int as_json_view_element(as_span_t *left, as_json_value_t *element)
{
    skip_blanks(left);
    if (!left->len) {
        return 0;
    }
    *element = take_value(left);
    if (left->len) {
        skip(left, 1); /* the comma */
    }
    return 1;
}
