/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/request_auth.h"

#include <apr_strings.h>

#include <string.h>

#include "base/wipe.h"

enum { SCHEMES = 3, FIELDS_MAX = 3, FIELD_BYTES_MAX = 64 };

/* The fields between the name of a scheme and the secret. */
static const struct {
    const char *name;
    int fields;
} schemes[SCHEMES] = {{"basic:", 1}, {"bearer:", 0}, {"sigv4:", FIELDS_MAX}};

typedef enum scheme_t { SCHEME_BASIC, SCHEME_BEARER, SCHEME_SIGV4 } scheme_t;

typedef struct credentials_t {
    scheme_t scheme;
    as_span_t fields[FIELDS_MAX];
    const char *secret;
} credentials_t;

/* Region, service and key id are parts of the text that is signed, and of libcurl's option. */
static int is_sigv4_field(as_span_t field)
{
    return field.len <= FIELD_BYTES_MAX &&
           strspn(field.data, "0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") >=
               field.len;
}

static int split(const char *value, credentials_t *credentials)
{
    int i = 0;

    while (i < SCHEMES && strncmp(value, schemes[i].name, strlen(schemes[i].name)) != 0) {
        i++;
    }
    if (i == SCHEMES) {
        return 0;
    }
    credentials->scheme = (scheme_t)i;
    value += strlen(schemes[i].name);
    for (int field = 0; field < schemes[i].fields; field++) {
        as_span_t text = {value, strcspn(value, ":")};

        if (!text.len || value[text.len] != ':' ||
            (credentials->scheme == SCHEME_SIGV4 && !is_sigv4_field(text))) {
            return 0;
        }
        credentials->fields[field] = text;
        value += text.len + 1;
    }
    credentials->secret = value;
    return *value != '\0';
}

const char *as_request_auth_find_source(const char *value)
{
    credentials_t credentials;

    return split(value, &credentials) ? credentials.secret : NULL;
}

static const char *copy(apr_pool_t *p, as_span_t text)
{
    return apr_pstrmemdup(p, text.data, text.len);
}

apr_status_t as_request_auth_parse(apr_pool_t *p, const char *value, as_request_auth_t *auth)
{
    credentials_t c = {.secret = NULL};

    *auth = (as_request_auth_t){NULL, NULL, NULL, NULL};
    if (!value) {
        return APR_SUCCESS;
    }
    if (!split(value, &c)) {
        return APR_EINVAL;
    }
    switch (c.scheme) {
    case SCHEME_BEARER:
        auth->header = apr_pstrcat(p, "Authorization: Bearer ", c.secret, NULL);
        as_wipe_with_pool(p, (as_span_t){auth->header, strlen(auth->header)});
        return APR_SUCCESS;
    case SCHEME_SIGV4:
        auth->sigv4 =
            apr_pstrcat(p, "aws:amz:", copy(p, c.fields[0]), ":", copy(p, c.fields[1]), NULL);
        break;
    default:
        break;
    }
    auth->user = copy(p, c.fields[schemes[c.scheme].fields - 1]);
    auth->password = as_wipe_copy(p, c.secret, strlen(c.secret)).data;
    return APR_SUCCESS;
}
