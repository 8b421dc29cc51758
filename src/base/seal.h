/* SPDX-License-Identifier: Apache-2.0 */
/* Short secrets in the database: AES-256-GCM with a key derived from AuthSMSSecret. */
#ifndef AS_BASE_SEAL_H
#define AS_BASE_SEAL_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

/*
 * Encrypt a text: base64url of nonce, ciphertext and tag. `context` (such as a row's id) is
 * authenticated: the result cannot be moved to another row. APR_EINVAL: over 64 KiB. APR_EGENERAL:
 * OpenSSL failed.
 */
apr_status_t as_seal_encrypt(apr_pool_t *p, as_span_t secret, const char *context, const char *text,
                             const char **sealed);

/* Decrypt with the first of the secrets (as_span_t) that fits. APR_EINVAL: none does. */
apr_status_t as_seal_decrypt(apr_pool_t *p, const apr_array_header_t *secrets, const char *context,
                             const char *sealed, const char **text);

#endif
