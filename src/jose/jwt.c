/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwt.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

#include "base/base64url.h"
#include "jose/key_record.h"
#include "jose/signature.h"
#include "text/json.h"

typedef struct parts_t {
    as_span_t header; /* three parts in base64url */
    as_span_t payload;
    as_span_t signature;
    as_span_t signed_text; /* header, dot, payload */
} parts_t;

typedef struct verification_t {
    as_span_t signed_text;
    as_span_t signature; /* decoded */
    const as_key_t *key; /* the key that verified it */
} verification_t;

static apr_status_t refuse(const char **reason, const char *text)
{
    if (reason) {
        *reason = text;
    }
    return APR_EINVAL;
}

/* Take the text before the next dot, and skip the dot. 0: no dot. */
static int take_part(as_span_t *rest, as_span_t *part)
{
    const char *dot = memchr(rest->data, '.', rest->len);

    if (!dot) {
        return 0;
    }
    part->data = rest->data;
    part->len = (apr_size_t)(dot - rest->data);
    rest->len -= part->len + 1;
    rest->data = dot + 1;
    return 1;
}

static int split(const char *token, apr_size_t len, parts_t *parts)
{
    as_span_t rest = {token, len};

    if (!take_part(&rest, &parts->header) || !take_part(&rest, &parts->payload) ||
        memchr(rest.data, '.', rest.len)) {
        return 0;
    }
    parts->signature = rest;
    parts->signed_text.data = token;
    parts->signed_text.len = parts->header.len + 1 + parts->payload.len;
    return 1;
}

/* NULL, or the header member that this module rejects. */
static const char *check_header(apr_pool_t *p, const as_json_view_t *header)
{
    const as_json_view_value_t *typ = as_json_view_find(header, "typ");
    const char *kind = as_json_view_get_string(p, typ);

    if (as_json_view_find(header, "crit")) {
        return "crit";
    }
    if (as_json_view_find(header, "b64")) {
        return "b64";
    }
    return typ && (!kind || strcasecmp(kind, "JWT") != 0) ? "typ" : NULL;
}

/* Decode a header: its algorithm and kid (data NULL: none). Returns NULL, or a fixed reason. */
static const char *read_header(apr_pool_t *p, as_span_t encoded, as_alg_t *alg, as_span_t *kid)
{
    as_span_t text;
    as_json_view_t header;
    const as_json_view_value_t *value;
    const char *name, *header_error;

    if (as_base64url_decode(p, encoded.data, encoded.len, &text) != APR_SUCCESS) {
        return "header base64url";
    }
    if (as_json_view_parse(p, text.data, text.len, &header) != APR_SUCCESS) {
        return "header json";
    }
    header_error = check_header(p, &header);
    if (header_error) {
        return header_error;
    }
    name = as_json_view_get_string(p, as_json_view_find(&header, "alg"));
    if (!name || as_alg_find(name, strlen(name), alg) != APR_SUCCESS) {
        return "alg";
    }
    value = as_json_view_find(&header, "kid");
    kid->data = as_json_view_get_string(p, value);
    kid->len = kid->data ? strlen(kid->data) : 0;
    return value && !kid->data ? "kid" : NULL;
}

static int try_key(const as_key_t *key, void *baton)
{
    verification_t *verification = baton;

    if (!as_signature_verify(key, verification->signed_text.data, verification->signed_text.len,
                             verification->signature)) {
        return 0;
    }
    verification->key = key;
    return 1;
}

apr_status_t as_jwt_verify_jws(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                               apr_size_t len, as_span_t *payload, const as_key_t **key,
                               const char **reason)
{
    parts_t parts;
    verification_t verification;
    as_alg_t alg;
    as_span_t kid;
    const as_key_t *own_key;

    if (!split(token, len, &parts)) {
        return refuse(reason, "parts");
    }
    own_key = as_keyring_find_by_header(ring, parts.header);
    if (own_key) {
        alg = own_key->alg;
        kid = own_key->kid;
    } else {
        const char *header_error = read_header(p, parts.header, &alg, &kid);

        if (header_error) {
            return refuse(reason, header_error);
        }
    }
    if (as_base64url_decode(p, parts.signature.data, parts.signature.len,
                            &verification.signature) != APR_SUCCESS) {
        return refuse(reason, "signature base64url");
    }
    verification.signed_text = parts.signed_text;
    if (!as_keyring_try_keys(ring, alg, kid.data ? &kid : NULL, try_key, &verification)) {
        return refuse(reason, "signature");
    }
    if (as_base64url_decode(p, parts.payload.data, parts.payload.len, payload) != APR_SUCCESS) {
        return refuse(reason, "payload base64url");
    }
    *key = verification.key;
    return APR_SUCCESS;
}

apr_status_t as_jwt_verify(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                           apr_size_t len, as_jwt_t *jwt, const char **reason)
{
    as_span_t payload;
    apr_status_t rv = as_jwt_verify_jws(p, ring, token, len, &payload, &jwt->key, reason);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_json_view_parse(p, payload.data, payload.len, &jwt->claims) != APR_SUCCESS) {
        return refuse(reason, "payload json");
    }
    return APR_SUCCESS;
}

apr_status_t as_jwt_sign(apr_pool_t *p, const as_keyring_t *ring, json_object *claims,
                         const char **token)
{
    const as_key_t *key = as_keyring_signer(ring);
    as_span_t payload, signature;
    const char *text, *signed_token;
    apr_status_t rv;

    if (!key) {
        return APR_ENOENT;
    }
    payload = as_json_serialize(claims);
    if (!payload.data) {
        return APR_ENOMEM;
    }
    text = apr_pstrcat(p, key->header.data, ".", as_base64url_encode(p, payload.data, payload.len),
                       NULL);
    rv = as_signature_sign(p, key, text, strlen(text), &signature);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    signed_token =
        apr_pstrcat(p, text, ".", as_base64url_encode(p, signature.data, signature.len), NULL);
    if (strlen(signed_token) > AS_JWT_MAX) {
        return APR_ENOSPC;
    }
    *token = signed_token;
    return APR_SUCCESS;
}
