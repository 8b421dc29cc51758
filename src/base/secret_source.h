/* SPDX-License-Identifier: Apache-2.0 */
/* Secret sources: env:NAME, file:PATH, exec:/PATH ARG…, or the literal value. */
#ifndef AS_BASE_SECRET_SOURCE_H
#define AS_BASE_SECRET_SOURCE_H

#include <apr_pools.h>

#include "base/span.h"

#define AS_SECRET_SOURCE_MAX 65536 /* bytes */

/* What a source may be used for. */
typedef enum as_secret_source_kind_t {
    AS_SECRET_SOURCE_TEXT, /* a password or key of a provider: first line of exec:, no NUL, CR or LF
                            */
    AS_SECRET_SOURCE_HMAC, /* bytes, first line of exec: (all of a JWK); "base64:" or "hex:" before
                       it decodes it */
    AS_SECRET_SOURCE_WHOLE, /* PEM or JWK: everything that exec: prints */
} as_secret_source_kind_t;

/*
 * Read a secret. `root` is what a relative file: path starts from. The bytes are NUL-terminated
 * (not counted), allocated from p and wiped with it. On failure *error is a sentence that names the
 * source (never its value) and what is wrong. An empty secret is an error, and so is a literal that
 * was meant as something else (base/secret_literal.h).
 */
apr_status_t as_secret_source_read(apr_pool_t *p, const char *source, const char *root,
                                   as_secret_source_kind_t kind, as_span_t *secret,
                                   const char **error);

/* Have bytes that live in p wiped with it. */
void as_wipe_with_pool(apr_pool_t *p, as_span_t secret);

/* May everybody on this machine read the file? */
int as_secret_source_is_world_readable(apr_pool_t *p, const char *path);

/* HKDF-SHA-256 (RFC 5869) of `key` without salt, 32 bytes, with `info` as its purpose. */
apr_status_t as_hkdf_derive(apr_pool_t *p, as_span_t key, const char *info, as_span_t *derived);

/* HMAC-SHA-256 of `text` under `key`, base64url without padding (43 characters). APR_EGENERAL:
 * OpenSSL refuses. */
apr_status_t as_mac_sha256_base64url(apr_pool_t *p, as_span_t key, const char *text,
                                     const char **digest);

#endif
