/* SPDX-License-Identifier: Apache-2.0 */
#include "text/credential.h"

#include <string.h>

static const char *const schemes[] = {"jwt", "bearer"};

/* What follows a scheme, which is written in small letters; NULL: another one. */
static const char *after(const char *field, const char *scheme)
{
    /* The bit that makes a letter small makes a letter of nothing else. */
    while (*scheme && (*field | 0x20) == *scheme) {
        field++;
        scheme++;
    }
    return !*scheme && (*field == ' ' || !*field) ? field : NULL;
}

/* What stands after one of our schemes; NULL: another scheme. */
static inline const char *after_scheme(const char *field)
{
    const char *rest = NULL;

    for (apr_size_t i = 0; !rest && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        rest = after(field, schemes[i]);
    }
    return rest;
}

/* httpd joins repeated fields with a comma: is a token of ours in one behind another scheme's? */
static int is_joined(const char *field)
{
    const char *rest = NULL;

    for (const char *comma = strchr(field, ','); comma && !rest; comma = strchr(comma + 1, ',')) {
        rest = after_scheme(comma + 1 + strspn(comma + 1, " \t"));
    }
    return rest != NULL;
}

static const char ABSENT[] = "none of AuthSMSTokenFrom's sources has a token";

/* Has it the two dots of a token, and no blank as behind a scheme? */
static int is_bare_token(const char *field)
{
    const char *dot = strchr(field, '.');

    return dot && strchr(dot + 1, '.') && !strchr(field, ' ');
}

/* Another scheme, or none. */
static as_error_t refuse_scheme(const char *field, const char **why)
{
    if (is_joined(field)) {
        *why = "a token in one Authorization field beside another scheme";
        return AS_E_INVALID_TOKEN;
    }
    *why = is_bare_token(field) ? "the Authorization field has a token without a scheme: write JWT "
                                  "or Bearer before it"
                                : "the Authorization field has another scheme than JWT and Bearer";
    return AS_E_NO_TOKEN;
}

/* A blank inside, as between two tokens, and a comma are in no token: verification refuses them. */
static as_error_t from_header(const char *field, as_span_t *token, const char **why)
{
    const char *rest = field ? after_scheme(field) : NULL;

    if (!rest) {
        *why = ABSENT;
        return field ? refuse_scheme(field, why) : AS_E_NO_TOKEN;
    }
    while (*rest == ' ') {
        rest++;
    }
    token->data = rest;
    token->len = strlen(rest);
    while (token->len && rest[token->len - 1] == ' ') {
        token->len--;
    }
    *why = "the Authorization field has a scheme and no token";
    return token->len ? AS_OK : AS_E_NO_TOKEN;
}

/*
 * Cookies are parted by semicolons (RFC 6265 §5.4). httpd joins repeated Cookie fields with a
 * comma, which may also stand in a value, such as what another page let its visitor choose: a name
 * behind one gives no token, but it makes two of one that is there.
 */
static as_error_t from_cookie(const char *cookies, const char *name, as_span_t *token,
                              const char **why)
{
    const char *at = cookies;
    apr_size_t len = strlen(name);
    int found = 0, doubtful = 0;

    while (at && *at) {
        int whole = at == cookies || at[-1] == ';';
        apr_size_t pair;

        at += strspn(at, " \t");
        pair = strcspn(at, ";,");
        if (strncmp(at, name, len) == 0 && at[len] == '=' && pair > len + 1) {
            doubtful += !whole;
            found += whole;
            if (whole) {
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
    *why = ABSENT;
    if (!found || !token->len) {
        return AS_E_NO_TOKEN;
    }
    *why = "several cookies have the name of the token's";
    return found + doubtful == 1 ? AS_OK : AS_E_INVALID_TOKEN;
}

as_error_t as_credential_find(const char *field, const char *cookies,
                              const apr_array_header_t *from, as_span_t *token, const char **cookie,
                              const char **why)
{
    as_error_t error = AS_E_NO_TOKEN;

    *cookie = NULL;
    if (!from) {
        return from_header(field, token, why);
    }
    *why = ABSENT;
    for (int i = 0; error == AS_E_NO_TOKEN && i < from->nelts; i++) {
        const char *flaw;

        *cookie = APR_ARRAY_IDX(from, i, as_credential_source_t).cookie;
        error = *cookie ? from_cookie(cookies, *cookie, token, &flaw)
                        : from_header(field, token, &flaw);
        /* A field that holds something else explains more than a cookie that is not there. */
        *why = flaw == ABSENT ? *why : flaw;
    }
    if (error == AS_E_NO_TOKEN) {
        *cookie = NULL;
    }
    return error;
}
