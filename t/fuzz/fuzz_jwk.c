/* SPDX-License-Identifier: Apache-2.0 */
/* Key material. Input: one byte for the algorithm ('A' is the first), then a secret, PEM or JWK. */
#include <apr_general.h>
#include <apr_pools.h>
#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "jose/key_strength.h"
#include "jose/keyring.h"
#include "jose/signature.h"
#include "text/json.h"
#include "text/json_strict.h"

static apr_pool_t *global;

/* Every operation must work with each accepted key. */
static void use_key(apr_pool_t *p, const as_key_t *key)
{
    apr_array_header_t *keys = apr_array_make(p, 1, sizeof(const as_key_t *));
    const as_keyring_t *ring;
    as_span_t signature = {"", 0}, derived;
    const char *jwks;

    as_key_strength_check(p, key);
    if (as_key_can_sign(key)) {
        FUZZ_REQUIRE(as_signature_sign(p, key, "text", 4, &signature) == APR_SUCCESS);
        FUZZ_REQUIRE(as_signature_verify(key, "text", 4, signature));
        FUZZ_REQUIRE(as_key_derive(p, key, "info", &derived) == APR_SUCCESS);
    }
    FUZZ_REQUIRE(!as_signature_verify(key, "tent", 4, signature));
    APR_ARRAY_PUSH(keys, const as_key_t *) = key;
    FUZZ_REQUIRE(as_keyring_create(p, keys, &ring) == APR_SUCCESS);
    FUZZ_REQUIRE(as_keyring_format_jwks(p, ring, &jwks) == APR_SUCCESS);
    FUZZ_REQUIRE(as_json_strict_is_valid(jwks, strlen(jwks), AS_JSON_DEPTH));
    FUZZ_REQUIRE(!strstr(jwks, "\"d\":") && !strstr(jwks, "\"k\":"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const as_key_t *key = NULL;
    const char *error = NULL;
    as_span_t material;
    apr_pool_t *p;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    /* Larger numbers only take time. */
    if (size < 1 || size > 4096) {
        return 0;
    }
    apr_pool_create(&p, global);
    material.data = (const char *)data + 1;
    material.len = size - 1;
    if (as_key_create(p, (as_alg_t)((data[0] + 256u - 'A') % 256u % AS_ALG_COUNT), material, NULL,
                      0, &key, &error) == APR_SUCCESS) {
        use_key(p, key);
    } else {
        FUZZ_REQUIRE(error && *error);
    }
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    apr_pool_destroy(p);
    return 0;
}
