/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from their sources: env:NAME, file:PATH, exec:/PATH ARG…, or the literal value. */
#ifndef AS_BASE_SECRET_SOURCE_H
#define AS_BASE_SECRET_SOURCE_H

#include <apr_pools.h>

#include "base/span.h"

#define AS_SECRET_SOURCE_MAX 65536 /* bytes */

/* What the secret is for. */
typedef enum as_secret_source_kind_t {
    AS_SECRET_SOURCE_TEXT, /* a password or key of a provider: first line of exec:, no NUL, CR or LF
                            */
    AS_SECRET_SOURCE_HMAC, /* bytes, first line of exec: (all of a JWK); "base64:" or "hex:" before
                       it decodes it */
    AS_SECRET_SOURCE_WHOLE, /* PEM or JWK: everything that exec: prints */
} as_secret_source_kind_t;

/*
 * Read a secret. Relative file: paths start at `root`. The bytes are NUL-terminated (not counted)
 * and wiped with p. APR_EINVAL with *error, a sentence that names the source and never its value:
 * the source cannot be read, the secret is empty, or a literal is a mistake (secret_literal.h).
 */
apr_status_t as_secret_source_read(apr_pool_t *p, const char *source, const char *root,
                                   as_secret_source_kind_t kind, as_span_t *secret,
                                   const char **error);

/* May every local user read the file? */
int as_secret_source_is_world_readable(apr_pool_t *p, const char *path);

#endif
