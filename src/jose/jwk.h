/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2): parsed for one algorithm, and formatted. */
#ifndef AS_JOSE_JWK_H
#define AS_JOSE_JWK_H

#include <apr_pools.h>
#include <openssl/evp.h>

#include "base/span.h"
#include "jose/alg.h"

typedef struct as_jwk_t {
    as_span_t secret; /* of kty oct; in scratch, and wiped with it */
    EVP_PKEY *pkey;   /* of other types; freed with p */
    int has_private;
    int may_sign;    /* key_ops is absent or has "sign" */
    const char *kid; /* NULL: none; lives as long as scratch */
} as_jwk_t;

/*
 * Parse a JWK. kty and crv must be those of the algorithm. If present, alg must be its name, use
 * must be "sig", and key_ops must have "sign" or "verify". The caller must check that d matches
 * the public key. APR_EINVAL with *error, a sentence without any value of the JWK.
 */
apr_status_t as_jwk_parse(apr_pool_t *p, apr_pool_t *scratch, const as_alg_info_t *info,
                          as_span_t text, as_jwk_t *jwk, const char **error);

/* Format kty and the public members of a key, as JSON in the order and form of RFC 7638 §3. */
apr_status_t as_jwk_format_public(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey,
                                  const char **json);

/* The SHA-256 thumbprint (RFC 7638) of the public JWK, as as_jwk_format_public formats it. */
apr_status_t as_jwk_thumbprint(apr_pool_t *p, const char *public_jwk, const char **thumbprint);

#endif
