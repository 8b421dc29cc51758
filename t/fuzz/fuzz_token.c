/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens. Input: if the first byte is 'S', "header LF payload", which the target signs, so that the
 * checks after the signature are reached. Else the rest is a token.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "fuzz.h"
#include "jose/jwt.h"
#include "jose/signature.h"

#define HMAC_SECRET "a secret that fuzzers may know, of 64 bytes and a few bytes more."

static const struct {
    as_alg_t alg;
    const char *material;
} sources[] = {
    {AS_ALG_HS256, HMAC_SECRET},
    {AS_ALG_HS512, HMAC_SECRET},
    {AS_ALG_ES256,
     "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
     "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"},
    {AS_ALG_EdDSA, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                   "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"},
    {AS_ALG_RS256,
     "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W2"
     "6mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ4"
     "7soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV"
     "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PA"
     "cDTW9gb54h4FRWyuXpoQ\"}"},
};

static apr_pool_t *global;
static const as_keyring_t *ring;
static const as_key_t *signer;

static void set_up(void)
{
    apr_array_header_t *keys;
    size_t i;

    apr_initialize();
    atexit(apr_terminate);
    apr_pool_create(&global, NULL);
    keys = apr_array_make(global, 8, sizeof(const as_key_t *));
    for (i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
        as_span_t material = {sources[i].material, strlen(sources[i].material)};
        const as_key_t *key;
        const char *error;

        FUZZ_REQUIRE(as_key_create(global, sources[i].alg, material, i % 2 ? "k" : NULL, 0, &key,
                                   &error) == APR_SUCCESS);
        APR_ARRAY_PUSH(keys, const as_key_t *) = key;
    }
    signer = APR_ARRAY_IDX(keys, 0, const as_key_t *);
    FUZZ_REQUIRE(as_keyring_create(global, keys, &ring) == APR_SUCCESS);
}

static const char *sign(apr_pool_t *p, const char *data, size_t size)
{
    const char *lf = memchr(data, '\n', size);
    size_t header = lf ? (size_t)(lf - data) : size;
    size_t payload = lf ? size - header - 1 : 0;
    const char *text = apr_pstrcat(p, as_base64url_encode(p, data, header), ".",
                                   as_base64url_encode(p, lf ? lf + 1 : data, payload), NULL);
    as_span_t mac;

    FUZZ_REQUIRE(as_signature_sign(p, signer, text, strlen(text), &mac) == APR_SUCCESS);
    return apr_pstrcat(p, text, ".", as_base64url_encode(p, mac.data, mac.len), NULL);
}

static void verify(apr_pool_t *p, const char *token, size_t len)
{
    const char *why = NULL;
    as_jwt_t jwt;
    apr_status_t rv = as_jwt_verify(p, ring, token, len, &jwt, &why);

    FUZZ_REQUIRE(rv == APR_SUCCESS || (rv == APR_EINVAL && why));
    FUZZ_REQUIRE(ERR_peek_error() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p;

    if (!ring) {
        set_up();
    }
    if (!size) {
        return 0;
    }
    apr_pool_create(&p, global);
    if (data[0] == 'S') {
        const char *token = sign(p, (const char *)data + 1, size - 1);

        verify(p, token, strlen(token));
    } else {
        verify(p, (const char *)data + 1, size - 1);
    }
    apr_pool_destroy(p);
    return 0;
}
