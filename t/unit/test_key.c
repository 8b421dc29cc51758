/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of any format: key ids and derived secrets. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#define OCT "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\""
#define P256_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define P256_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define P256 "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X P256_Y
#define P256_D ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""

static void kid_must_be_valid(void **state)
{
    apr_pool_t *p = *state;
    const as_key_t *key;
    const char *error;
    char long_kid[258];

    assert_null(as_key_kid(key_of(p, AS_ALG_HS256, "raw secret")));
    assert_string_equal(as_key_kid(key_of(p, AS_ALG_HS256, OCT ",\"kid\":\"own\"}")), "own");
    assert_string_equal(as_key_kid(key_with(p, AS_ALG_HS256, OCT ",\"kid\":\"own\"}", "given", 0)),
                        "given");
    /* A private key and its public part have one name. */
    assert_string_equal(as_key_kid(key_of(p, AS_ALG_ES256, P256 P256_D "}")),
                        as_key_kid(key_of(p, AS_ALG_ES256, P256 "}")));
    memset(long_kid, 'k', sizeof(long_kid) - 1);
    long_kid[sizeof(long_kid) - 1] = '\0';
    assert_int_equal(as_key_create(p, AS_ALG_HS256, span("x"), long_kid, 0, &key, &error),
                     APR_EINVAL);
    assert_int_equal(as_key_create(p, AS_ALG_HS256, span("x"), "", 0, &key, &error), APR_EINVAL);
    assert_int_equal(as_key_create(p, AS_ALG_HS256, span("x"), "a\tb", 0, &key, &error),
                     APR_EINVAL);
    key_with(p, AS_ALG_HS256, "x", long_kid + 1, 0);
}

/* One in 256 random secrets begins as JSON does. */
static void accepts_random_bytes_as_secret(void **state)
{
    char bytes[32];

    for (int first = 0; first < 256; first++) {
        as_span_t material = {bytes, sizeof(bytes)};
        const as_key_t *key;
        const char *error;

        memset(bytes, 0xc5, sizeof(bytes));
        bytes[0] = (char)first;
        assert_int_equal(as_key_create(*state, AS_ALG_HS256, material, NULL, 0, &key, &error),
                         APR_SUCCESS);
        assert_true(as_key_can_sign(key));
    }
    refuse_key(*state, AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"AAAA\"", "not a JSON object");
}

static void derives_secrets(void **state)
{
    apr_pool_t *p = *state;
    static const char *const texts[] = {"raw secret", OCT "}"};
    as_span_t a, b, none;
    as_alg_t alg;

    for (alg = 0; alg < AS_ALG_COUNT; alg++) {
        const char *text = fresh_key(p, alg);

        assert_int_equal(as_key_derive(p, key_of(p, alg, text), "one", &a), APR_SUCCESS);
        assert_int_equal(as_key_derive(p, key_of(p, alg, text), "one", &b), APR_SUCCESS);
        assert_int_equal(a.len, 32);
        assert_memory_equal(a.data, b.data, 32);
        assert_int_equal(as_key_derive(p, key_of(p, alg, text), "two", &b), APR_SUCCESS);
        assert_memory_not_equal(a.data, b.data, 32);
        assert_int_equal(as_key_derive(p, key_of(p, alg, fresh_key(p, alg)), "one", &b),
                         APR_SUCCESS);
        assert_memory_not_equal(a.data, b.data, 32);
    }
    for (alg = 0; alg < COUNT(texts); alg++) {
        assert_int_equal(as_key_derive(p, key_of(p, AS_ALG_HS256, texts[alg]), "one", &a), 0);
    }
    assert_int_equal(as_key_derive(p, key_of(p, AS_ALG_ES256, P256 "}"), "one", &none), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(kid_must_be_valid),
        POOL_TEST(accepts_random_bytes_as_secret),
        POOL_TEST(derives_secrets),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
