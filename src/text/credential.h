/* SPDX-License-Identifier: Apache-2.0 */
/* Where the token of a request is. */
#ifndef AS_TEXT_CREDENTIAL_H
#define AS_TEXT_CREDENTIAL_H

#include <apr_tables.h>

#include "base/error.h"
#include "base/span.h"

typedef struct as_credential_source_t {
    const char *cookie; /* NULL: the Authorization field */
} as_credential_source_t;

/*
 * field, cookies: the request's Authorization and Cookie fields, NULL where there is none; from:
 * as_credential_source_t, NULL: the header. The token of the first source of AuthSMSTokenFrom that
 * has one: `Authorization: JWT …` or `Bearer …` (schemes without case, RFC 9110 §11.4), or a
 * cookie. *cookie: the name of the cookie that it is from; NULL: it is from the header. NO_TOKEN:
 * no source has one; another scheme, a scheme alone and an empty cookie count as none.
 * INVALID_TOKEN: a source has two. *why: the reason of either in fixed words, for the log; with
 * AS_OK it is undefined. What characters a token may have is not looked at here. The bytes are the
 * field's own, at least one.
 */
as_error_t as_credential_find(const char *field, const char *cookies,
                              const apr_array_header_t *from, as_span_t *token, const char **cookie,
                              const char **why);

#endif
