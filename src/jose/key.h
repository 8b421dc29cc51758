/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys. A key has exactly one algorithm, set by the configuration. A token's header is compared
 * with it and never selects it (RFC 8725 §3.1).
 */
#ifndef AS_JOSE_KEY_H
#define AS_JOSE_KEY_H

#include <apr_pools.h>

#include "base/span.h"
#include "jose/alg.h"

typedef struct as_key_t as_key_t;

typedef enum as_key_flags_t {
    AS_KEY_VERIFY_ONLY = 1,
} as_key_flags_t;

/*
 * Create a key from raw bytes (HMAC), a PEM text or a JWK. Text that begins with "{" is a JWK; for
 * the other algorithms any other text is PEM.
 *
 * kid NULL: the JWK's kid, else the RFC 7638 thumbprint; an HMAC secret has none. A JWK's alg, use
 * and key_ops must allow this algorithm. A private part must match its public part: what one signs
 * the other verifies. The strength is not checked here (see key_strength.h), so that published test
 * vectors can be verified.
 *
 * APR_EINVAL with *error, a sentence without any byte of the key: wrong type, curve or encoding, or
 * a PEM text for an HMAC algorithm.
 */
apr_status_t as_key_create(apr_pool_t *p, as_alg_t alg, as_span_t material, const char *kid,
                           int flags, const as_key_t **key, const char **error);

as_alg_t as_key_alg(const as_key_t *key);
const char *as_key_kid(const as_key_t *key); /* NULL: none */

/* Is it private or symmetric, and not restricted to verifying? */
int as_key_can_sign(const as_key_t *key);

/* Derive a secret from the private part (as_hkdf_derive, with `info` as the purpose). APR_EINVAL: a
 * public key. */
apr_status_t as_key_derive(apr_pool_t *p, const as_key_t *key, const char *info, as_span_t *out);

#endif
