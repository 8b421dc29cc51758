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
    const as_key_t *key;   /* the key that verified it */
} as_jwt_t;

/*
 * Verify a token. The caller limits its length. Checked, in this order:
 *   form       three parts; the header is strict base64url and strict JSON
 *   header     alg (and kid, if present) of a key of the ring; no crit, no b64; typ absent or JWT
 *              in any case (at+jwt is another kind of token)
 *   signature  strict base64url, valid
 *   payload    strict base64url and a strict JSON object
 * jwk, jku, x5u and x5c are ignored. APR_EINVAL: any check failed; *reason (if reason is not NULL)
 * is a fixed text for the debug log, never for the client.
 */
apr_status_t as_jwt_verify(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                           apr_size_t len, as_jwt_t *jwt, const char **reason);

/* The same without parsing the payload, which may be any bytes. */
apr_status_t as_jwt_verify_jws(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                               apr_size_t len, as_span_t *payload, const as_key_t **key,
                               const char **reason);

/* Sign claims with the ring's signer. The header is {"typ":"JWT","alg":…} and the signer's kid.
 * APR_ENOENT: no key can sign. APR_ENOSPC: the token would exceed AS_JWT_MAX. APR_ENOMEM,
 * APR_EINVAL: json-c or OpenSSL failed. */
apr_status_t as_jwt_sign(apr_pool_t *p, const as_keyring_t *ring, json_object *claims,
                         const char **token);

#endif
