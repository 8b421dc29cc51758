/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of keys and keyrings, for the files that make and use them. Everything is prepared
 * when a key is made and only read afterwards: the EVP contexts are templates, which each use
 * copies.
 */
#ifndef AS_JOSE_KEY_H
#define AS_JOSE_KEY_H

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "jose/alg.h"

#define AS_KEY_MATERIAL_MAX 65536 /* bytes */

struct as_key_t {
    as_alg_t alg;
    const as_alg_info_t *row;
    as_span_t kid;          /* data NULL: none */
    as_span_t header;       /* what as_jwt_sign puts in front, base64url */
    const char *public_jwk; /* kty and the public members as RFC 7638 wants them; NULL: HMAC */
    int can_sign;
    int has_private;    /* or is symmetric */
    as_span_t secret;   /* HMAC only */
    EVP_PKEY *pkey;     /* NULL: HMAC */
    EVP_MD *md;         /* NULL: EdDSA */
    BIGNUM *order;      /* of the curve (EC) */
    EVP_MD_CTX *inner;  /* HMAC: the hash after the key's inner block */
    EVP_MD_CTX *outer;  /* … and after its outer block (RFC 2104) */
    EVP_MD_CTX *verify; /* ready for EVP_DigestVerify */
    EVP_MD_CTX *sign;   /* ready for EVP_DigestSign; NULL: has no private part */
};

struct as_keyring_t {
    const apr_array_header_t *keys; /* const as_key_t * */
    const as_key_t *signer;
    apr_uint64_t id;
};

/* Fill md, order and the templates of a key whose material is set. APR_EINVAL: OpenSSL refuses it.
 */
apr_status_t as_signature_prepare(apr_pool_t *p, as_key_t *key);

/* A key of the ring whose tokens begin with exactly this header, so that it need not be parsed. */
const as_key_t *as_keyring_find_by_header(const as_keyring_t *ring, as_span_t header);

/* Have an EVP_PKEY freed with the pool. */
void as_key_free_with_pool(apr_pool_t *p, EVP_PKEY *pkey);

#endif
