/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of one configuration. A keyring is created at configuration, and read-only and
 * thread-safe afterwards. */
#ifndef AS_JOSE_KEYRING_H
#define AS_JOSE_KEYRING_H

#include <apr_tables.h>

#include "jose/key.h"

typedef struct as_keyring_t as_keyring_t;

/* A keyring of these keys (const as_key_t *), in this order. The first key that can sign becomes
 * the signer. APR_EGENERAL: the random generator failed. */
apr_status_t as_keyring_create(apr_pool_t *p, const apr_array_header_t *keys,
                               const as_keyring_t **ring);

/* The key that signs, or NULL. */
const as_key_t *as_keyring_signer(const as_keyring_t *ring);

/* A random number of this keyring. Cache keys include it, so that a token verified by one keyring
 * is not found under another. */
apr_uint64_t as_keyring_id(const as_keyring_t *ring);

/* The public keys as a JWK Set (RFC 7517 §5), JSON text. It has no symmetric key and no private
 * member. */
apr_status_t as_keyring_format_jwks(apr_pool_t *p, const as_keyring_t *ring, const char **json);

/* The key whose own tokens have exactly this header (base64url), or NULL. Such a header need not be
 * decoded. */
const as_key_t *as_keyring_find_by_header(const as_keyring_t *ring, as_span_t header);

/* Call `verify` with each key of this algorithm (and, if not NULL, of this kid) until it returns
 * non-zero. Returns that value, or 0. */
int as_keyring_try_keys(const as_keyring_t *ring, as_alg_t alg, const as_span_t *kid,
                        int (*verify)(const as_key_t *key, void *baton), void *baton);

#endif
