/* SPDX-License-Identifier: Apache-2.0 */
/* What each algorithm of keyring.h is made of: one table over RFC 7518 §3 and RFC 8037 §3.1. */
#ifndef AS_JOSE_ALG_H
#define AS_JOSE_ALG_H

#include "jose/keyring.h"

typedef enum as_alg_family_t {
    AS_ALG_FAMILY_HMAC,
    AS_ALG_FAMILY_PKCS1,
    AS_ALG_FAMILY_PSS,
    AS_ALG_FAMILY_EC,
    AS_ALG_FAMILY_ED
} as_alg_family_t;

typedef struct as_alg_info_t {
    const char *name; /* as in a token's header */
    as_alg_family_t family;
    const char *digest; /* OpenSSL's name; NULL: none of its own (EdDSA) */
    const char *kty;    /* RFC 7518 §6.1 */
    const char *type;   /* OpenSSL's name of the key type; NULL: HMAC */
    const char *curve;  /* JWK's crv; NULL: no curve */
    apr_size_t size; /* bytes: the hash (HMAC), a coordinate (EC), a public key (EdDSA), else 0 */
} as_alg_info_t;

const as_alg_info_t *as_alg_info(as_alg_t alg);

#endif
