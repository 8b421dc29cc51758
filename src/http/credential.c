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

as_error_t as_credential(request_rec *r, as_span_t *token)
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
