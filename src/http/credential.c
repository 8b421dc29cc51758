/* SPDX-License-Identifier: Apache-2.0 */
#include "http/credential.h"

#include <string.h>

static const char *const schemes[] = {"JWT", "Bearer"};

/* What stands after one of our schemes and at least one blank; NULL: another scheme. */
static const char *after_scheme(const char *field)
{
    const char *rest = NULL;

    for (apr_size_t i = 0; !rest && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        apr_size_t len = strlen(schemes[i]);

        if (ap_cstr_casecmpn(field, schemes[i], len) == 0 &&
            (field[len] == ' ' || field[len] == '\0')) {
            rest = field + len;
        }
    }
    return rest;
}

static as_error_t from_header(const char *field, as_span_t *token)
{
    const char *rest = field ? after_scheme(field) : NULL;
    apr_size_t len;
    const char *end;

    if (!rest) {
        return AS_E_NO_TOKEN;
    }
    while (*rest == ' ') {
        rest++;
    }
    len = strlen(rest);
    end = memchr(rest, ' ', len);
    token->data = rest;
    token->len = end ? (apr_size_t)(end - rest) : len;
    /* A comma, with which httpd joins repeated fields, is in no token: verification refuses it. */
    if (end && end[strspn(end, " ")]) {
        return AS_E_INVALID_TOKEN;
    }
    return token->len ? AS_OK : AS_E_NO_TOKEN;
}

/* httpd joins repeated Cookie fields with a comma, which no cookie's value has (RFC 6265 §4.1.1).
 */
static as_error_t from_cookie(const char *cookies, const char *name, as_span_t *token)
{
    const char *at = cookies;
    apr_size_t len = strlen(name);
    as_error_t error = AS_E_NO_TOKEN;

    while (at && *at) {
        apr_size_t pair;

        at += strspn(at, " \t;,");
        pair = strcspn(at, ";,");
        if (strncmp(at, name, len) == 0 && at[len] == '=' && pair > len + 1) {
            error = error == AS_E_NO_TOKEN ? AS_OK : AS_E_INVALID_TOKEN;
            token->data = at + len + 1;
            token->len = pair - len - 1;
        }
        at += pair;
    }
    while (error == AS_OK && token->len && strchr(" \t", token->data[token->len - 1])) {
        token->len--;
    }
    return error;
}

as_error_t as_credential(const char *field, const char *cookies, const apr_array_header_t *from,
                         as_span_t *token, const char **cookie)
{
    as_error_t error = AS_E_NO_TOKEN;

    *cookie = NULL;
    if (!from) {
        return from_header(field, token);
    }
    for (int i = 0; error == AS_E_NO_TOKEN && i < from->nelts; i++) {
        *cookie = APR_ARRAY_IDX(from, i, as_token_source_t).cookie;
        error = *cookie ? from_cookie(cookies, *cookie, token) : from_header(field, token);
    }
    if (error == AS_E_NO_TOKEN) {
        *cookie = NULL;
    }
    return error;
}
