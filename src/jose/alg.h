/* SPDX-License-Identifier: Apache-2.0 */
/* The signature algorithms: RFC 7518 §3, RFC 8037 §3.1. */
#ifndef AS_JOSE_ALG_H
#define AS_JOSE_ALG_H

#include <apr.h>
#include <apr_errno.h>

/*
 * One row per algorithm; everything else about it is generated from its row.
 *   name           as in a token's header
 *   family         of as_alg_family_t
 *   digest         OpenSSL's name of the hash; NULL: part of the algorithm (EdDSA)
 *   kty            JWK key type (RFC 7518 §6.1)
 *   openssl_type   OpenSSL's name of the key type; NULL: a secret
 *   curve          JWK crv; NULL: no curve
 *   size           bytes of the hash (HMAC), a coordinate (EC), a public key (ED); RSA: 0
 */
/* clang-format off */
#define AS_ALGS(X)                                                  \
    /* name   family  digest     kty    openssl_type  curve  size */ \
    X(HS256,  HMAC,   "SHA256",  "oct", NULL,         NULL,       32) \
    X(HS384,  HMAC,   "SHA384",  "oct", NULL,         NULL,       48) \
    X(HS512,  HMAC,   "SHA512",  "oct", NULL,         NULL,       64) \
    X(RS256,  PKCS1,  "SHA256",  "RSA", "RSA",        NULL,        0) \
    X(RS384,  PKCS1,  "SHA384",  "RSA", "RSA",        NULL,        0) \
    X(RS512,  PKCS1,  "SHA512",  "RSA", "RSA",        NULL,        0) \
    X(PS256,  PSS,    "SHA256",  "RSA", "RSA",        NULL,        0) \
    X(PS384,  PSS,    "SHA384",  "RSA", "RSA",        NULL,        0) \
    X(PS512,  PSS,    "SHA512",  "RSA", "RSA",        NULL,        0) \
    X(ES256,  EC,     "SHA256",  "EC",  "EC",         "P-256",    32) \
    X(ES384,  EC,     "SHA384",  "EC",  "EC",         "P-384",    48) \
    X(ES512,  EC,     "SHA512",  "EC",  "EC",         "P-521",    66) \
    X(EdDSA,  ED,     NULL,      "OKP", "ED25519",    "Ed25519",  32)
/* clang-format on */

typedef enum as_alg_family_t {
    AS_ALG_FAMILY_HMAC,
    AS_ALG_FAMILY_PKCS1,
    AS_ALG_FAMILY_PSS,
    AS_ALG_FAMILY_EC,
    AS_ALG_FAMILY_ED
} as_alg_family_t;

typedef enum as_alg_t {
#define AS_ALG_ENUM(name, family, digest, kty, openssl_type, curve, size) AS_ALG_##name,
    AS_ALGS(AS_ALG_ENUM)
#undef AS_ALG_ENUM
        AS_ALG_COUNT
} as_alg_t;

/* A row of AS_ALGS. */
typedef struct as_alg_info_t {
    const char *name;
    as_alg_family_t family;
    const char *digest;
    const char *kty;
    const char *openssl_type;
    const char *curve;
    apr_size_t size;
} as_alg_info_t;

const as_alg_info_t *as_alg_info(as_alg_t alg);

/* Find an algorithm by name ("HS256", case-sensitive). APR_ENOENT: unknown. */
apr_status_t as_alg_find(const char *name, apr_size_t len, as_alg_t *alg);

const char *as_alg_name(as_alg_t alg);

/* Does it sign and verify with one shared secret (HMAC)? */
int as_alg_is_symmetric(as_alg_t alg);

/* Every name, separated by blanks, for error messages. */
const char *as_alg_names(void);

#endif
