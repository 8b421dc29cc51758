/* SPDX-License-Identifier: Apache-2.0 */
#include "http/credential.h"

#include <apr_lib.h>

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

/* base64url and dots: whatever else a token holds, it is none of ours. */
static int is_token_char(char c)
{
    return apr_isalnum(c) || c == '-' || c == '_' || c == '.';
}

as_error_t as_credential(request_rec *r, as_span_t *token)
{
    const char *field = apr_table_get(r->headers_in, "Authorization");
    const char *rest = field ? after_scheme(field) : NULL;
    apr_size_t len = 0;

    if (!rest) {
        return AS_E_NO_TOKEN;
    }
    rest += strspn(rest, " ");
    while (is_token_char(rest[len])) {
        len++;
    }
    token->data = rest;
    token->len = len;
    if (rest[len + strspn(rest + len, " ")]) {
        return AS_E_INVALID_TOKEN;
    }
    return len ? AS_OK : AS_E_NO_TOKEN;
}
