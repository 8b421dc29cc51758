/* SPDX-License-Identifier: Apache-2.0 */
#include "text/credential.h"

#include <string.h>

static const char *const schemes[] = {"jwt", "bearer"};

/* The rest of the field after this scheme (in lower case); NULL: another scheme. */
static const char *skip_scheme(const char *field, const char *scheme)
{
    /* Setting this bit lowers letters. It turns no other character into a letter. */
    while (*scheme && (*field | 0x20) == *scheme) {
        field++;
        scheme++;
    }
    return !*scheme && (*field == ' ' || !*field) ? field : NULL;
}

/* The rest of the field after JWT or Bearer; NULL: another scheme. */
static inline const char *skip_our_scheme(const char *field)
{
    const char *rest = NULL;

    for (apr_size_t i = 0; !rest && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        rest = skip_scheme(field, schemes[i]);
    }
    return rest;
}

/* httpd joins repeated fields with commas. Does a token follow the credential of another scheme? */
static int has_joined_token(const char *field)
{
    const char *rest = NULL;

    for (const char *comma = strchr(field, ','); comma && !rest; comma = strchr(comma + 1, ',')) {
        rest = skip_our_scheme(comma + 1 + strspn(comma + 1, " \t"));
    }
    return rest != NULL;
}

static const char no_token_found[] = "none of AuthSMSTokenFrom's sources has a token";

/* Is it a token (two dots) without a scheme before it (no blank)? */
static int is_bare_token(const char *field)
{
    const char *dot = strchr(field, '.');

    return dot && strchr(dot + 1, '.') && !strchr(field, ' ');
}

/* The field has neither scheme of this module. */
static as_error_t refuse_scheme(const char *field, const char **reason)
{
    if (has_joined_token(field)) {
        *reason = "a token in one Authorization field beside another scheme";
        return AS_E_INVALID_TOKEN;
    }
    *reason = is_bare_token(field)
                  ? "the Authorization field has a token without a scheme: write JWT "
                    "or Bearer before it"
                  : "the Authorization field has another scheme than JWT and Bearer";
    return AS_E_NO_TOKEN;
}

/* Two tokens are not detected here: a blank or comma inside makes verification fail. */
static as_error_t find_in_header(const char *field, as_span_t *token, const char **reason)
{
    const char *rest = field ? skip_our_scheme(field) : NULL;

    if (!rest) {
        *reason = no_token_found;
        return field ? refuse_scheme(field, reason) : AS_E_NO_TOKEN;
    }
    while (*rest == ' ') {
        rest++;
    }
    token->data = rest;
    token->len = strlen(rest);
    while (token->len && rest[token->len - 1] == ' ') {
        token->len--;
    }
    *reason = "the Authorization field has a scheme and no token";
    return token->len ? AS_OK : AS_E_NO_TOKEN;
}

/*
 * Semicolons separate cookies (RFC 6265 §5.4). httpd joins repeated Cookie fields with a comma, but
 * a comma may also be part of a cookie's value, which another page may let an attacker choose. So a
 * cookie after a comma is never used as the token; but it makes a found token ambiguous.
 */
static as_error_t find_in_cookie(const char *cookies, const char *name, as_span_t *token,
                                 const char **reason)
{
    const char *at = cookies;
    apr_size_t len = strlen(name);
    int found = 0, ambiguous = 0;

    while (at && *at) {
        int after_semicolon = at == cookies || at[-1] == ';';
        apr_size_t pair;

        at += strspn(at, " \t");
        pair = strcspn(at, ";,");
        if (strncmp(at, name, len) == 0 && at[len] == '=' && pair > len + 1) {
            ambiguous += !after_semicolon;
            found += after_semicolon;
            if (after_semicolon) {
                token->data = at + len + 1;
                token->len = pair - len - 1;
            }
        }
        at += pair;
        at += *at ? 1 : 0;
    }
    while (found && token->len && strchr(" \t", token->data[token->len - 1])) {
        token->len--;
    }
    *reason = no_token_found;
    if (!found || !token->len) {
        return AS_E_NO_TOKEN;
    }
    *reason = "several cookies have the name of the token's cookie";
    return found + ambiguous == 1 ? AS_OK : AS_E_INVALID_TOKEN;
}

as_error_t as_credential_find(const char *authorization, const char *cookies,
                              const apr_array_header_t *sources, as_span_t *token,
                              const char **cookie, const char **reason)
{
    as_error_t error = AS_E_NO_TOKEN;

    *cookie = NULL;
    if (!sources) {
        return find_in_header(authorization, token, reason);
    }
    *reason = no_token_found;
    for (int i = 0; error == AS_E_NO_TOKEN && i < sources->nelts; i++) {
        const char *source_reason;

        *cookie = APR_ARRAY_IDX(sources, i, as_credential_source_t).cookie;
        error = *cookie ? find_in_cookie(cookies, *cookie, token, &source_reason)
                        : find_in_header(authorization, token, &source_reason);
        /* A field with other content is a better reason than an absent cookie. */
        *reason = source_reason == no_token_found ? *reason : source_reason;
    }
    if (error == AS_E_NO_TOKEN) {
        *cookie = NULL;
    }
    return error;
}
