/* SPDX-License-Identifier: Apache-2.0 */
/* JWKs: which are accepted, and which can sign. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#define OCT "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\""
#define P256_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define P256_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define P256 "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X P256_Y
#define P256_D ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define ED                                                                                         \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""

static const struct {
    as_alg_t alg;
    const char *text;
    const char *error_has; /* NULL: a good key */
} jwks[] = {
    {AS_ALG_HS256, OCT "}", NULL},
    {AS_ALG_HS256, OCT ",\"alg\":\"HS256\",\"use\":\"sig\",\"key_ops\":[\"verify\"]}", NULL},
    {AS_ALG_HS256, OCT ",\"alg\":\"HS512\"}", "alg"},
    {AS_ALG_HS256, OCT ",\"alg\":\"hs256\"}", "alg"},
    {AS_ALG_HS256, OCT ",\"alg\":null}", "alg"},
    {AS_ALG_HS256, OCT ",\"use\":\"enc\"}", "use"},
    {AS_ALG_HS256, OCT ",\"use\":[\"sig\"]}", "use"},
    {AS_ALG_HS256, OCT ",\"key_ops\":[\"encrypt\"]}", "key_ops"},
    {AS_ALG_HS256, OCT ",\"key_ops\":[]}", "key_ops"},
    {AS_ALG_HS256, OCT ",\"key_ops\":\"verify\"}", "key_ops"},
    {AS_ALG_HS256, OCT ",\"key_ops\":[\"verify\",1]}", "key_ops"},
    {AS_ALG_HS256, OCT ",\"kid\":7}", "kid"},
    {AS_ALG_HS256, OCT ",\"kid\":\"\"}", "kid"},
    {AS_ALG_HS256, OCT ",\"kid\":\"a\\nb\"}", "kid"},
    {AS_ALG_HS256, "{\"kty\":\"oct\"}", "values"},
    {AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"\"}", "values"},
    {AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"ab=\"}", "values"},
    {AS_ALG_HS256, "{\"k\":\"MDEy\"}", "kty"},
    {AS_ALG_HS256, P256 "}", "kty"},
    {AS_ALG_HS256, "{", "JSON"},
    {AS_ALG_HS256, OCT ",\"k\":\"MDEy\"}", "JSON"},
    {AS_ALG_ES256, P256 "}", NULL},
    {AS_ALG_ES256, "\n " P256 P256_D "}", NULL},
    {AS_ALG_ES384, P256 "}", "crv"},
    {AS_ALG_RS256, P256 "}", "kty"},
    {AS_ALG_EdDSA, P256 "}", "kty"},
    {AS_ALG_ES256, OCT "}", "kty"},
    {AS_ALG_ES256, "{\"kty\":\"EC\"," P256_X P256_Y "}", "crv"},
    {AS_ALG_ES256, "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_Y "}", "values"},
    {AS_ALG_ES256, "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X "\"y\":\"AA\"}", "values"},
    /* y of another point: not on the curve */
    {AS_ALG_ES256,
     "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X
     "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
     "values"},
    /* d of another key */
    {AS_ALG_ES256, P256 ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LM\"}", "private"},
    {AS_ALG_ES256, P256 ",\"d\":\"AA\"}", "values"},
    {AS_ALG_ES256, P256 ",\"d\":null}", "values"},
    {AS_ALG_EdDSA, ED "}", NULL},
    {AS_ALG_EdDSA, ED ED_D "}", NULL},
    {AS_ALG_EdDSA, ED ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2E\"}", "private"},
    {AS_ALG_EdDSA, "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}", "crv"},
    {AS_ALG_RS256, "{\"kty\":\"RSA\",\"n\":\"AQAB\"}", "values"},
    {AS_ALG_RS256, "{\"kty\":\"RSA\",\"n\":\"xQ\",\"e\":\"AQAB\",\"p\":\"Aw\"}", "values"},
    {AS_ALG_RS256, "{}", "kty"},
};

static void rejects_invalid_jwks(void **state)
{
    apr_size_t i;

    for (i = 0; i < COUNT(jwks); i++) {
        if (jwks[i].error_has) {
            refuse_key(*state, jwks[i].alg, jwks[i].text, jwks[i].error_has);
        } else {
            key_of(*state, jwks[i].alg, jwks[i].text);
        }
    }
}

static void only_private_keys_sign(void **state)
{
    apr_pool_t *p = *state;
    as_span_t signature;
    const as_key_t *public_key = key_of(p, AS_ALG_ES256, P256 "}");

    assert_true(as_key_can_sign(key_of(p, AS_ALG_ES256, P256 P256_D "}")));
    assert_true(as_key_can_sign(key_of(p, AS_ALG_HS256, OCT "}")));
    assert_true(as_key_can_sign(key_of(p, AS_ALG_HS256, "raw secret")));
    assert_false(as_key_can_sign(key_of(p, AS_ALG_HS256, OCT ",\"key_ops\":[\"verify\"]}")));
    assert_false(as_key_can_sign(key_with(p, AS_ALG_HS256, "raw", NULL, AS_KEY_VERIFY_ONLY)));
    assert_false(as_key_can_sign(public_key));
    assert_int_equal(as_signature_sign(p, public_key, "x", 1, &signature), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(rejects_invalid_jwks),
        POOL_TEST(only_private_keys_sign),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
