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

static as_error_t from_header(request_rec *r, as_span_t *token)
{
    const char *field = apr_table_get(r->headers_in, "Authorization");
    const char *rest = field ? after_scheme(field) : NULL;
    const char *end;

    if (!rest) {
        return AS_E_NO_TOKEN;
    }
    rest += strspn(rest, " ");
    end = strchr(rest, ' ');
    token->data = rest;
    token->len = end ? (apr_size_t)(end - rest) : strlen(rest);
    /* A comma, with which httpd joins repeated fields, is in no token: verification refuses it. */
    if (end && end[strspn(end, " ")]) {
        return AS_E_INVALID_TOKEN;
    }
    return token->len ? AS_OK : AS_E_NO_TOKEN;
}

/* httpd joins repeated Cookie fields with a comma, which no cookie's value has (RFC 6265 §4.1.1).
 */
static as_error_t from_cookie(request_rec *r, const char *name, as_span_t *token)
{
    const char *at = apr_table_get(r->headers_in, "Cookie");
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

as_error_t as_credential(request_rec *r, const as_dir_t *dc, as_span_t *token, const char **cookie)
{
    const apr_array_header_t *from = as_dir_token_from(dc);
    as_error_t error = AS_E_NO_TOKEN;

    *cookie = NULL;
    if (!from) {
        return from_header(r, token);
    }
    for (int i = 0; error == AS_E_NO_TOKEN && i < from->nelts; i++) {
        *cookie = APR_ARRAY_IDX(from, i, as_token_source_t).cookie;
        error = *cookie ? from_cookie(r, *cookie, token) : from_header(r, token);
    }
    if (error == AS_E_NO_TOKEN) {
        *cookie = NULL;
    }
    return error;
}
