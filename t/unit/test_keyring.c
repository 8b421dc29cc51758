/* SPDX-License-Identifier: Apache-2.0 */
/* Keyrings, and the JWKS they publish. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "text/json.h"

#define OCT "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\""
#define P256_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define P256_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define P256 "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X P256_Y
#define P256_D ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define ED                                                                                         \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""

static void jwks_publishes_public_keys_only(void **state)
{
    apr_pool_t *p = *state;
    const as_keyring_t *ring = ring_of(p, key_of(p, AS_ALG_HS256, OCT ",\"kid\":\"no\"}"),
                                       key_of(p, AS_ALG_ES256, P256 P256_D "}"),
                                       key_with(p, AS_ALG_EdDSA, ED ED_D "}", "a\"b", 0),
                                       key_of(p, AS_ALG_PS384, fresh_pem(p, "RSA", 0)), NULL);
    const char *json, *again;
    json_object *set, *keys;
    apr_size_t i;

    assert_int_equal(as_keyring_format_jwks(p, ring, &json), APR_SUCCESS);
    assert_int_equal(as_json_parse_object(p, json, strlen(json), &set), APR_SUCCESS);
    assert_true(json_object_object_get_ex(set, "keys", &keys));
    assert_int_equal(json_object_array_length(keys), 3);
    for (i = 0; i < 3; i++) {
        static const struct {
            const char *kty, *alg;
            int members;
        } wanted[] = {{"EC", "ES256", 7}, {"OKP", "EdDSA", 6}, {"RSA", "PS384", 6}};
        json_object *jwk = json_object_array_get_idx(keys, i);
        as_alg_t alg;

        assert_string_equal(as_json_get_string(jwk, "kty"), wanted[i].kty);
        assert_string_equal(as_json_get_string(jwk, "alg"), wanted[i].alg);
        assert_string_equal(as_json_get_string(jwk, "use"), "sig");
        assert_int_equal(json_object_object_length(jwk), wanted[i].members);
        assert_int_equal(as_alg_find(wanted[i].alg, strlen(wanted[i].alg), &alg), APR_SUCCESS);
        assert_string_equal(as_key_kid(key_of(p, alg, json_object_to_json_string(jwk))),
                            as_json_get_string(jwk, "kid"));
    }
    assert_null(strstr(json, "\"d\""));
    assert_int_equal(
        as_keyring_format_jwks(p, ring_of(p, key_of(p, AS_ALG_HS256, "x"), NULL), &again), 0);
    assert_string_equal(again, "{\"keys\":[]}");
}

static void first_signing_key_signs(void **state)
{
    apr_pool_t *p = *state;
    const as_key_t *old = key_with(p, AS_ALG_HS256, "old", NULL, AS_KEY_VERIFY_ONLY);
    const as_key_t *first = key_of(p, AS_ALG_HS256, "first");
    const as_keyring_t *ring = ring_of(p, old, first, key_of(p, AS_ALG_HS256, "second"), NULL);

    assert_ptr_equal(as_keyring_signer(ring), first);
    assert_null(as_keyring_signer(ring_of(p, old, NULL)));
    assert_null(as_keyring_signer(ring_of(p, NULL)));
    assert_int_not_equal(as_keyring_id(ring), as_keyring_id(ring_of(p, old, NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(jwks_publishes_public_keys_only),
        POOL_TEST(first_signing_key_signs),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
