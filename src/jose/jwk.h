/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2), read for one algorithm; and their public
 * form. */
#ifndef AS_JOSE_JWK_H
#define AS_JOSE_JWK_H

#include <apr_pools.h>
#include <openssl/evp.h>

#include "base/span.h"
#include "jose/alg.h"

typedef struct as_jwk_t {
    as_span_t secret; /* kty oct: in scratch, wiped with it */
    EVP_PKEY *pkey;   /* else: freed with p */
    int has_private;
    int may_sign;    /* key_ops, where given, has "sign" */
    const char *kid; /* NULL: none; lives as long as scratch */
} as_jwk_t;

/*
 * Read a JWK. Its kty and crv must be those of the algorithm, alg and use ("sig"), where given,
 * must agree, and key_ops, where given, must have "sign" or "verify". Whether d fits the public
 * part is for the caller to find out. APR_EINVAL with *error, a sentence without any of the values.
 */
apr_status_t as_jwk_parse(apr_pool_t *p, apr_pool_t *scratch, const as_alg_info_t *info,
                          as_span_t text, as_jwk_t *jwk, const char **error);

/* kty and the public members of a key, JSON in the order and form of RFC 7638 §3. */
apr_status_t as_jwk_format_public(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey,
                                  const char **json);

/* The SHA-256 thumbprint (RFC 7638) of what as_jwk_format_public made. */
apr_status_t as_jwk_thumbprint(apr_pool_t *p, const char *public_jwk, const char **thumbprint);

#endif
