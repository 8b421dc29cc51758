/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwt.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

#include "base/base64url.h"
#include "text/json.h"
#include "jose/key_internal.h"
#include "jose/signature.h"

typedef struct parts_t {
    as_span_t header; /* base64url all three */
    as_span_t payload;
    as_span_t signature;
    as_span_t signed_text; /* header, dot, payload */
} parts_t;

typedef struct attempt_t {
    as_span_t signed_text;
    as_span_t signature; /* bytes */
    const as_key_t *key; /* that verified it */
} attempt_t;

static apr_status_t refuse(const char **why, const char *word)
{
    if (why) {
        *why = word;
    }
    return APR_EINVAL;
}

/* The text up to the next dot, which is skipped; 0: there is none. */
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

/* What is in a header that this module does not take, as a fixed word; NULL: nothing. */
static const char *header_flaw(apr_pool_t *p, const as_json_view_t *header)
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

/* The algorithm, and the kid (data NULL: none) of a header. NULL, or what is wrong as a fixed word.
 */
static const char *read_header(apr_pool_t *p, as_span_t encoded, as_alg_t *alg, as_span_t *kid)
{
    as_span_t text;
    as_json_view_t header;
    const as_json_view_value_t *value;
    const char *name, *flaw;

    if (as_base64url_decode(p, encoded.data, encoded.len, &text) != APR_SUCCESS) {
        return "header base64url";
    }
    if (as_json_view_parse(p, text.data, text.len, &header) != APR_SUCCESS) {
        return "header json";
    }
    flaw = header_flaw(p, &header);
    if (flaw) {
        return flaw;
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
    attempt_t *attempt = baton;

    if (!as_signature_verify(key, attempt->signed_text.data, attempt->signed_text.len,
                             attempt->signature)) {
        return 0;
    }
    attempt->key = key;
    return 1;
}

apr_status_t as_jwt_verify_jws(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                               apr_size_t len, as_span_t *payload, const as_key_t **key,
                               const char **why)
{
    parts_t parts;
    attempt_t attempt;
    as_alg_t alg;
    as_span_t kid;
    const as_key_t *ours;

    if (!split(token, len, &parts)) {
        return refuse(why, "parts");
    }
    ours = as_keyring_find_by_header(ring, parts.header);
    if (ours) {
        alg = ours->alg;
        kid = ours->kid;
    } else {
        const char *flaw = read_header(p, parts.header, &alg, &kid);

        if (flaw) {
            return refuse(why, flaw);
        }
    }
    if (as_base64url_decode(p, parts.signature.data, parts.signature.len, &attempt.signature) !=
        APR_SUCCESS) {
        return refuse(why, "signature base64url");
    }
    attempt.signed_text = parts.signed_text;
    if (!as_keyring_try_keys(ring, alg, kid.data ? &kid : NULL, try_key, &attempt)) {
        return refuse(why, "signature");
    }
    if (as_base64url_decode(p, parts.payload.data, parts.payload.len, payload) != APR_SUCCESS) {
        return refuse(why, "payload base64url");
    }
    *key = attempt.key;
    return APR_SUCCESS;
}

apr_status_t as_jwt_verify(apr_pool_t *p, const as_keyring_t *ring, const char *token,
                           apr_size_t len, as_jwt_t *jwt, const char **why)
{
    as_span_t payload;
    apr_status_t rv = as_jwt_verify_jws(p, ring, token, len, &payload, &jwt->key, why);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_json_view_parse(p, payload.data, payload.len, &jwt->claims) != APR_SUCCESS) {
        return refuse(why, "payload json");
    }
    return APR_SUCCESS;
}

apr_status_t as_jwt_sign(apr_pool_t *p, const as_keyring_t *ring, json_object *claims,
                         const char **token)
{
    const as_key_t *key = as_keyring_signer(ring);
    as_span_t payload, signature;
    const char *text, *made;
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
    made = apr_pstrcat(p, text, ".", as_base64url_encode(p, signature.data, signature.len), NULL);
    if (strlen(made) > AS_JWT_MAX) {
        return APR_ENOSPC;
    }
    *token = made;
    return APR_SUCCESS;
}
