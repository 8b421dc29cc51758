/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/request_template.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include <string.h>

#include "base/http_client.h"
#include "base/utf8.h"
#include "text/form.h"
#include "text/json_strict.h"

enum { JSON_DEPTH_MAX = 16, ESCAPE_BYTES = sizeof("\\u0000") - 1 };

static const char *const keys[] = {
    [AS_REQUEST_PLACE_URL] = "url=",
    [AS_REQUEST_PLACE_JSON] = "body=",
    [AS_REQUEST_PLACE_FORM] = "body=",
    [AS_REQUEST_PLACE_HEADER] = "header=",
};

typedef enum placeholder_t {
    PLACEHOLDER_TO,
    PLACEHOLDER_TO_DIGITS,
    PLACEHOLDER_TEXT,
    PLACEHOLDER_ID,
    PLACEHOLDER_FROM,
    PLACEHOLDERS
} placeholder_t;

static const struct {
    const char *name;
    int uses;
} placeholders[PLACEHOLDERS] = {
    [PLACEHOLDER_TO] = {"to", AS_REQUEST_USES_TO},
    [PLACEHOLDER_TO_DIGITS] = {"to_digits", AS_REQUEST_USES_TO},
    [PLACEHOLDER_TEXT] = {"text", AS_REQUEST_USES_TEXT},
    [PLACEHOLDER_ID] = {"id", AS_REQUEST_USES_ID},
    [PLACEHOLDER_FROM] = {"from", AS_REQUEST_USES_FROM},
};

/* Literal text, or a placeholder. */
typedef struct part_t {
    as_span_t literal; /* data NULL: a placeholder */
    placeholder_t placeholder;
} part_t;

struct as_request_template_t {
    as_request_place_t place;
    const char *text;
    apr_array_header_t *parts; /* part_t */
    int uses;
};

/* ---- compile ---- */

/* The length of "{name}" at an opening brace; 0: the brace is literal text. */
static apr_size_t placeholder_length(const char *brace)
{
    apr_size_t len = strspn(brace + 1, "abcdefghijklmnopqrstuvwxyz_");

    return len && brace[len + 1] == '}' ? len + 2 : 0;
}

/* PLACEHOLDERS: unknown. */
static placeholder_t find_placeholder(const char *brace, apr_size_t len)
{
    placeholder_t found = PLACEHOLDER_TO;

    while (found < PLACEHOLDERS && (strlen(placeholders[found].name) != len - 2 ||
                                    strncmp(placeholders[found].name, brace + 1, len - 2) != 0)) {
        found++;
    }
    return found;
}

static void add_literal(as_request_template_t *t, const char *from, const char *to)
{
    if (to > from) {
        APR_ARRAY_PUSH(t->parts, part_t) = (part_t){.literal = {from, (apr_size_t)(to - from)}};
    }
}

static apr_status_t split(apr_pool_t *p, as_request_template_t *t, const char **error)
{
    const char *start = t->text;

    for (const char *at = strchr(start, '{'); at; at = strchr(at, '{')) {
        apr_size_t len = placeholder_length(at);
        placeholder_t placeholder;

        if (!len) {
            at++;
            continue;
        }
        placeholder = find_placeholder(at, len);
        if (placeholder == PLACEHOLDERS) {
            *error = apr_pstrcat(p, keys[t->place],
                                 " has an unknown placeholder: it must be {to}, {to_digits}, "
                                 "{text}, {id} or {from}",
                                 NULL);
            return APR_EINVAL;
        }
        add_literal(t, start, at);
        APR_ARRAY_PUSH(t->parts, part_t) = (part_t){.placeholder = placeholder};
        t->uses |= placeholders[placeholder].uses;
        at += len;
        start = at;
    }
    add_literal(t, start, start + strlen(start));
    return APR_SUCCESS;
}

/* ---- checks ---- */

static int is_url_character(char c)
{
    return c > ' ' && c < 0x7f && !strchr("\"<>\\^`{|}", c);
}

/* The length of the escape at this place: %41 or \n or \u0041; 1: none. 0: it is not complete, so a
 * value would become a part of it. */
static apr_size_t escape_length(as_request_place_t place, const char *at, apr_size_t left)
{
    apr_size_t len = 1;

    if (place == AS_REQUEST_PLACE_JSON && *at == '\\') {
        len = left > 1 && at[1] == 'u' ? ESCAPE_BYTES : 2;
    } else if (place != AS_REQUEST_PLACE_JSON && *at == '%') {
        len = left > 2 && apr_isxdigit(at[1]) && apr_isxdigit(at[2]) ? 3 : left + 1;
    }
    return len <= left ? len : 0;
}

/* Has the literal text of a URL, a form or JSON complete escapes and, except in JSON, no character
 * that needs one? */
static int is_encoded(const as_request_template_t *t)
{
    for (int i = 0; i < t->parts->nelts; i++) {
        as_span_t literal = APR_ARRAY_IDX(t->parts, i, part_t).literal;

        for (apr_size_t at = 0, len; literal.data && at < literal.len; at += len) {
            len = escape_length(t->place, literal.data + at, literal.len - at);
            if (!len ||
                (t->place != AS_REQUEST_PLACE_JSON && !is_url_character(literal.data[at]))) {
                return 0;
            }
        }
    }
    return 1;
}

/* Does the literal text before the first placeholder contain the whole authority of the URL? */
static int has_fixed_host(const as_request_template_t *t)
{
    const char *first = t->text + strcspn(t->text, "{");
    const char *host = strstr(t->text, "://");
    const char *end = host ? host + 3 + strcspn(host + 3, "/?") : NULL;

    return !t->uses || (end && *end && end < first);
}

static const char *check_url(const as_request_template_t *t, const char *sample)
{
    return has_fixed_host(t) && is_encoded(t) && as_http_client_allows_url(sample) &&
                   !strchr(sample, '#')
               ? NULL
               : "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, "
                 "percent-encoded, without user and fragment, and with placeholders only in path "
                 "and query";
}

static const char *check_json(const as_request_template_t *t, const char *sample)
{
    return is_encoded(t) && as_json_strict_is_valid(sample, strlen(sample), JSON_DEPTH_MAX)
               ? NULL
               : "body= must be JSON once its placeholders are filled in: put them inside strings, "
                 "such as {\"to\":\"{to}\"} (type=form is for forms)";
}

static const char *check_form(apr_pool_t *p, const as_request_template_t *t, const char *sample)
{
    apr_array_header_t *fields;

    return is_encoded(t) && as_form_parse(p, sample, strlen(sample), 1, &fields) == APR_SUCCESS
               ? NULL
               : "body= must be a form such as to={to}&text={text}, percent-encoded";
}

static apr_size_t field_length(const char *header)
{
    return strspn(header, "!#$%&'*+-.^_`|~0123456789"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

/* Fields that only the HTTP client can know. */
static const char *const client_fields[] = {
    "Connection", "Content-Length",    "Expect",  "Host", "TE",
    "Trailer",    "Transfer-Encoding", "Upgrade",
};

static const char *check_header(const as_request_template_t *t)
{
    apr_size_t len = field_length(t->text);
    const char *value = t->text + len;

    if (!len || *value != ':' || !value[1 + strspn(value + 1, " ")] ||
        as_utf8_has_control(t->text)) {
        return "header= must be a name, a colon and a value, such as X-Api-Key: KEY";
    }
    if (t->uses & AS_REQUEST_USES_TEXT) {
        return "header= cannot have {text}, which can have several lines";
    }
    for (apr_size_t i = 0; i < sizeof(client_fields) / sizeof(client_fields[0]); i++) {
        if (as_request_template_sets(t, client_fields[i])) {
            return "header= cannot set Connection, Content-Length, Expect, Host, TE, Trailer, "
                   "Transfer-Encoding or Upgrade";
        }
    }
    return NULL;
}

/*
 * The sample stands for all values. Inside a JSON string every escaped value is valid; outside of
 * one, number, text and id of the sample are not, and {to_digits} is always a number.
 */
static const char *check(apr_pool_t *p, const as_request_template_t *t, const char *from)
{
    const as_request_values_t values = {
        .to = "+447700900123",
        .text = "a\"b\\c\n\xc3\xa9",
        .id = "01a2099a-51c4-7a0e-9d3c-5d8f6d7d0a11",
        .from = from,
    };
    const char *sample = as_request_template_render(p, t, &values);

    switch (t->place) {
    case AS_REQUEST_PLACE_URL:
        return check_url(t, sample);
    case AS_REQUEST_PLACE_JSON:
        return check_json(t, sample);
    case AS_REQUEST_PLACE_FORM:
        return check_form(p, t, sample);
    default:
        return check_header(t);
    }
}

apr_status_t as_request_template_compile(apr_pool_t *p, const char *text, as_request_place_t place,
                                         const char *from, as_request_template_t **compiled,
                                         const char **error)
{
    as_request_template_t *t = apr_pcalloc(p, sizeof(*t));
    apr_status_t rv;

    t->place = place;
    t->text = text;
    t->parts = apr_array_make(p, 8, sizeof(part_t));
    *compiled = t;
    rv = split(p, t, error);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (t->uses & AS_REQUEST_USES_FROM && !from) {
        *error = apr_pstrcat(p, keys[place], " has {from}, but from= is missing", NULL);
        return APR_EINVAL;
    }
    *error = check(p, t, from);
    return *error ? APR_EINVAL : APR_SUCCESS;
}

int as_request_template_uses(const as_request_template_t *compiled)
{
    return compiled->uses;
}

int as_request_template_sets(const as_request_template_t *compiled, const char *field)
{
    apr_size_t len = strlen(field);

    return compiled->place == AS_REQUEST_PLACE_HEADER && field_length(compiled->text) == len &&
           compiled->text[len] == ':' && apr_cstr_casecmpn(compiled->text, field, len) == 0;
}

/* ---- render ---- */

static const char *escape_json(apr_pool_t *p, const char *value)
{
    static const char hex[] = "0123456789abcdef";
    char *escaped = apr_palloc(p, ESCAPE_BYTES * strlen(value) + 1);
    char *out = escaped;

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if (c == '"' || c == '\\') {
            *out++ = '\\';
            *out++ = *value;
        } else if (c == '\n') {
            *out++ = '\\';
            *out++ = 'n';
        } else if (c < ' ') {
            memcpy(out, "\\u00", 4);
            out[4] = hex[c >> 4];
            out[5] = hex[c & 15];
            out += ESCAPE_BYTES;
        } else {
            *out++ = *value;
        }
    }
    *out = '\0';
    return escaped;
}

static const char *replace_controls(apr_pool_t *p, const char *value)
{
    char *copy = apr_pstrdup(p, value);

    for (char *c = copy; *c; c++) {
        *c = apr_iscntrl(*c) ? ' ' : *c;
    }
    return copy;
}

static const char *get_value(const as_request_values_t *values, placeholder_t placeholder)
{
    switch (placeholder) {
    case PLACEHOLDER_TO:
        return values->to;
    case PLACEHOLDER_TO_DIGITS:
        return values->to + (*values->to == '+');
    case PLACEHOLDER_TEXT:
        return values->text;
    case PLACEHOLDER_ID:
        return values->id;
    default:
        return values->from;
    }
}

static const char *escape(apr_pool_t *p, as_request_place_t place, const char *value)
{
    switch (place) {
    case AS_REQUEST_PLACE_JSON:
        return escape_json(p, value);
    case AS_REQUEST_PLACE_HEADER:
        return replace_controls(p, value);
    default:
        return as_form_encode(p, value);
    }
}

const char *as_request_template_render(apr_pool_t *p, const as_request_template_t *compiled,
                                       const as_request_values_t *values)
{
    apr_array_header_t *texts = apr_array_make(p, compiled->parts->nelts, sizeof(const char *));

    for (int i = 0; i < compiled->parts->nelts; i++) {
        const part_t *part = &APR_ARRAY_IDX(compiled->parts, i, part_t);

        APR_ARRAY_PUSH(texts, const char *) =
            part->literal.data ? apr_pstrmemdup(p, part->literal.data, part->literal.len)
                               : escape(p, compiled->place, get_value(values, part->placeholder));
    }
    return apr_array_pstrcat(p, texts, 0);
}
