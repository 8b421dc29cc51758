/* SPDX-License-Identifier: Apache-2.0 */
/* JWS compact serialisation (RFC 7515 §3.1) of a JWT (RFC 7519): split, verify, sign. */
#ifndef AS_JOSE_JWT_H
#define AS_JOSE_JWT_H

#include <apr_pools.h>
#include <json-c/json.h>

#include "text/json_view.h"
#include "jose/keyring.h"
#include "base/span.h"

#define AS_JWT_MAX 8192 /* bytes of a token that is signed here */

typedef struct as_jwt_t {
    as_json_view_t claims; /* the payload, an object */
    const as_key_t *key;   /* what verified it */
} as_jwt_t;

/*
 * Verify a token of any length, which the caller bounds: exactly three parts, strict base64url, a
 * strict JSON header whose alg (and kid, where given) name a key of the ring, no crit, no b64, typ
 * absent or JWT in any case (at+jwt, say, is another kind), a good signature, and only then a
 * strict JSON object as payload. jwk, jku, x5u and x5c are never looked at. APR_EINVAL for
 * everything that is not so, with *why a fixed word for the debug log (never told to a client). why
 * may be NULL.
 */
apr_status_t as_jwt_verify(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                           apr_size_t len, as_jwt_t *jwt, const char **why);

/* The JWS layer alone, for published vectors: the payload may be any bytes. */
apr_status_t as_jwt_verify_jws(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                               apr_size_t len, as_span_t *payload, const as_key_t **key,
                               const char **why);

/* Sign claims with the ring's signer: header {"typ":"JWT","alg":…[,"kid":…]}. APR_ENOENT: no
 * signer. APR_ENOSPC: the token would be over AS_JWT_MAX. */
apr_status_t as_jwt_sign(apr_pool_t *p, const as_keyring_t *ring, json_object *claims,
                         const char **token);

#endif
