/* SPDX-License-Identifier: Apache-2.0 */
/* JWTs (RFC 7519) in JWS compact serialization (RFC 7515 §3.1): verify and sign. */
#ifndef AS_JOSE_JWT_H
#define AS_JOSE_JWT_H

#include <apr_pools.h>
#include <json-c/json.h>

#include "base/span.h"
#include "jose/keyring.h"
#include "text/json_view.h"

#define AS_JWT_MAX 8192 /* bytes of a token that this module signs */

typedef struct as_jwt_t {
    as_json_view_t claims; /* the payload, an object */
    const as_key_t *key;   /* verification key */
} as_jwt_t;

/*
 * Verify a token. The caller limits its length. Checked, in this order:
 *   parts      exactly three
 *   header     strict base64url and strict JSON
 *              alg (and kid, if present) match a key of the ring
 *              no crit, no b64
 *              typ is absent or JWT, case-insensitive (at+jwt is another kind of token)
 *   signature  strict base64url, valid
 *   payload    strict base64url and a strict JSON object
 *   ignored    jwk, jku, x5u, x5c
 * APR_EINVAL: a check failed. *reason is a fixed text for the debug log, not sent to clients;
 * reason may be NULL.
 */
apr_status_t as_jwt_verify(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                           apr_size_t len, as_jwt_t *jwt, const char **reason);

/* For tests: verify a JWS with any payload. */
apr_status_t as_jwt_verify_jws(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                               apr_size_t len, as_span_t *payload, const as_key_t **key,
                               const char **reason);

/* Sign claims with the ring's signer. The header is {"typ":"JWT","alg":…} and the signer's kid.
 * APR_ENOENT: no key can sign. APR_ENOSPC: the token would exceed AS_JWT_MAX. APR_ENOMEM,
 * APR_EINVAL: json-c or OpenSSL failed. */
apr_status_t as_jwt_sign(apr_pool_t *p, const as_keyring_t *ring, json_object *claims,
                         const char **token);

#endif
