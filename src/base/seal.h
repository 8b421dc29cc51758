/* SPDX-License-Identifier: Apache-2.0 */
/* Short secrets at rest: AES-256-GCM under a key derived from AuthSMSSecret. */
#ifndef AS_BASE_SEAL_H
#define AS_BASE_SEAL_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

/*
 * Seal a text: base64url of nonce, ciphertext and tag. `context` (a row's id, say) is
 * authenticated, so that what is sealed cannot be moved elsewhere. APR_EGENERAL: OpenSSL fails.
 */
apr_status_t as_seal_encrypt(apr_pool_t *p, as_span_t secret, const char *context, const char *text,
                             const char **sealed);

/* Open it again under whichever of the secrets (as_span_t) fits. APR_EINVAL: none does. */
apr_status_t as_seal_decrypt(apr_pool_t *p, const apr_array_header_t *secrets, const char *context,
                             const char *sealed, const char **text);

#endif
