/* SPDX-License-Identifier: Apache-2.0 */
/* The token of a request: from the Authorization or Cookie field. */
#ifndef AS_TEXT_CREDENTIAL_H
#define AS_TEXT_CREDENTIAL_H

#include <apr_tables.h>

#include "base/error.h"
#include "base/span.h"

typedef struct as_credential_source_t {
    const char *cookie; /* NULL: the Authorization field */
} as_credential_source_t;

/*
 * Find the token in the first source that has one.
 *
 * authorization, cookies: the request fields, or NULL. sources: as_credential_source_t, in the
 * order of AuthSMSTokenFrom; NULL: the Authorization field only. That field is `JWT …` or `Bearer
 * …`, in any case (RFC 9110 §11.4).
 *
 * AS_OK: *token is part of the field, at least one byte, of any characters. *cookie is the name of
 * its cookie, or NULL. NO_TOKEN: no source has a token; another scheme, a scheme alone and an empty
 * cookie do not count. INVALID_TOKEN: a source has two tokens. *reason is a fixed text for the log;
 * it is undefined with AS_OK.
 */
as_error_t as_credential_find(const char *authorization, const char *cookies,
                              const apr_array_header_t *sources, as_span_t *token,
                              const char **cookie, const char **reason);

#endif
