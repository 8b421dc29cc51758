/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and what they are for. A key has exactly one algorithm, given by the configuration; a
 * token's header is compared with it, never obeyed (RFC 8725 §3.1). A keyring is made once, at
 * configuration, and is read-only and thread-safe from then on.
 */
#ifndef AS_JOSE_KEYRING_H
#define AS_JOSE_KEYRING_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

/* clang-format off */
#define AS_ALGS(X)                                                                                 \
    X(HS256) X(HS384) X(HS512)                                                                     \
    X(RS256) X(RS384) X(RS512)                                                                     \
    X(PS256) X(PS384) X(PS512)                                                                     \
    X(ES256) X(ES384) X(ES512)                                                                     \
    X(EdDSA)
/* clang-format on */

typedef enum as_alg_t {
#define AS_ALG_ENUM(name) AS_ALG_##name,
    AS_ALGS(AS_ALG_ENUM)
#undef AS_ALG_ENUM
        AS_ALG_COUNT
} as_alg_t;

typedef struct as_key_t as_key_t;
typedef struct as_keyring_t as_keyring_t;

/* The algorithm of a name ("HS256", exact case). APR_ENOENT else. */
apr_status_t as_alg_find(const char *name, apr_size_t len, as_alg_t *alg);
const char *as_alg_name(as_alg_t alg);
/* Is it an HMAC algorithm? */
int as_alg_is_symmetric(as_alg_t alg);
/* Every name, separated by blanks, for error messages. */
const char *as_alg_names(void);

typedef enum as_key_flags_t {
    AS_KEY_VERIFY_ONLY = 1,
} as_key_flags_t;

/*
 * Make a key from bytes (HMAC), PEM or JWK (told apart by a leading "-----BEGIN" or "{"). kid NULL:
 * a JWK's own, else the RFC 7638 thumbprint, HMAC: none. A JWK's alg, use and key_ops must allow
 * this algorithm and signing or verifying. Wrong type, curve or form: APR_EINVAL and *error, a
 * sentence without any of the bytes. An HMAC secret that begins with "{" is a JWK; one that is PEM
 * is refused. A private part must fit its public part (what one signs the other verifies). Strength
 * is not judged here (as_key_strength_check), so that published vectors can be verified.
 */
apr_status_t as_key_create(apr_pool_t *p, as_alg_t alg, as_span_t material, const char *kid,
                           int flags, const as_key_t **key, const char **error);

/*
 * Why this key must not be used, or NULL: a key known from documents (of the RFCs, jwt.io's) or a
 * placeholder, an HMAC secret shorter than the hash (RFC 7518 §3.2), one repeated byte or counted
 * bytes, RSA under 2048 bits, with a bad exponent or a modulus that can be factored.
 */
const char *as_key_strength_check(apr_pool_t *p, const as_key_t *key);

/* The same for a secret that must have `min` bytes. */
const char *as_key_strength_check_secret(apr_pool_t *p, as_span_t secret, apr_size_t min);

/* Is its length the only weakness of an HMAC secret? */
int as_key_strength_is_only_short(apr_pool_t *p, const as_key_t *key);

as_alg_t as_key_alg(const as_key_t *key);
const char *as_key_kid(const as_key_t *key); /* NULL: none */
int as_key_can_sign(const as_key_t *key);    /* private or symmetric, and not verify-only */
/* A secret derived from the private part by HKDF-SHA-256 with `info`; APR_EINVAL for a public key.
 */
apr_status_t as_key_derive(apr_pool_t *p, const as_key_t *key, const char *info, as_span_t *out);

/* A keyring of keys (const as_key_t *) in their order; the first that can sign signs. */
apr_status_t as_keyring_create(apr_pool_t *p, const apr_array_header_t *keys,
                               const as_keyring_t **ring);

/* The key that signs, or NULL. */
const as_key_t *as_keyring_signer(const as_keyring_t *ring);

/* Different for every keyring made in this process: what is cached under one ring is never found
 * under another. */
apr_uint64_t as_keyring_id(const as_keyring_t *ring);

/* The public keys as a JWK Set (RFC 7517 §5), JSON text; never a symmetric or private member. */
apr_status_t as_keyring_format_jwks(apr_pool_t *p, const as_keyring_t *ring, const char **json);

/* For jwt.c: candidates for a header with this alg and kid. With a kid only the keys of that kid
 * and algorithm; without one every key of the algorithm. Calls `verify` until it returns non-zero.
 */
int as_keyring_try_keys(const as_keyring_t *ring, as_alg_t alg, const as_span_t *kid,
                        int (*verify)(const as_key_t *key, void *baton), void *baton);

/* Sign or verify bytes with one key; raw JWS signatures (RFC 7518: ECDSA is R‖S, fixed length).
 * as_signature_verify returns 1 for a good signature, 0 for everything else, and leaves no error in
 * OpenSSL's queue. */
apr_status_t as_signature_sign(apr_pool_t *p, const as_key_t *key, const char *data, apr_size_t len,
                               as_span_t *signature);
int as_signature_verify(const as_key_t *key, const char *data, apr_size_t len, as_span_t signature);

#endif
