/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a key, for the files of this room. Everything is prepared when the key is created
 * and only read afterwards. The EVP contexts are templates: each use copies one, because OpenSSL's
 * contexts are not thread-safe and preparing one is expensive.
 */
#ifndef AS_JOSE_KEY_RECORD_H
#define AS_JOSE_KEY_RECORD_H

#include <apr_pools.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

#include "base/span.h"
#include "jose/alg.h"

#define AS_KEY_MATERIAL_MAX 65536 /* bytes */

typedef struct as_key_t as_key_t; /* also in key.h, without its members */

struct as_key_t {
    as_alg_t alg;
    const as_alg_info_t *info;
    as_span_t kid;          /* data NULL: none */
    as_span_t header;       /* of the tokens it signs, base64url */
    const char *public_jwk; /* kty and public members as in RFC 7638; NULL: HMAC */
    int can_sign;
    int has_private;    /* or is symmetric */
    as_span_t secret;   /* HMAC only */
    EVP_PKEY *pkey;     /* NULL: HMAC */
    EVP_MD *md;         /* NULL: EdDSA */
    BIGNUM *order;      /* of the curve (EC) */
    EVP_MD_CTX *inner;  /* HMAC: the hash after the inner key block (RFC 2104) */
    EVP_MD_CTX *outer;  /* HMAC: the hash after the outer key block */
    EVP_MD_CTX *verify; /* template for EVP_DigestVerify */
    EVP_MD_CTX *sign;   /* template for EVP_DigestSign; NULL: no private part */
};

/* Free an EVP_PKEY when p is cleared. */
void as_key_record_free_with_pool(apr_pool_t *p, EVP_PKEY *pkey);

#endif
