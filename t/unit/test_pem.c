/* SPDX-License-Identifier: Apache-2.0 */
/* PEM keys: which fit an algorithm. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static void pem_must_fit_the_algorithm(void **state)
{
    static const struct {
        const char *type;
        const char *algs; /* that take it */
    } types[] = {
        {"RSA", "RS256 RS384 RS512 PS256 PS384 PS512"},
        {"P-256", "ES256"},
        {"P-384", "ES384"},
        {"P-521", "ES512"},
        {"secp256k1", ""},
        {"ED25519", "EdDSA"},
        {"ED448", ""},
    };
    apr_size_t i;
    as_alg_t alg;

    for (i = 0; i < COUNT(types) * 2; i++) {
        int want_public = i % 2;
        const char *pem = fresh_pem(*state, types[i / 2].type, want_public);

        for (alg = 0; alg < AS_ALG_COUNT; alg++) {
            if (as_alg_is_symmetric(alg)) {
                refuse_key(*state, alg, pem, "PEM");
            } else if (strstr(types[i / 2].algs, as_alg_name(alg))) {
                assert_int_equal(as_key_can_sign(key_of(*state, alg, pem)), !want_public);
            } else {
                refuse_key(*state, alg, pem, "does not fit");
            }
        }
    }
}

/* No algorithm takes text that is no key, and an encrypted key never asks for its password. */
static void rejects_invalid_pem(void **state)
{
    apr_pool_t *p = *state;
    const char *pem = fresh_pem(p, "P-256", 0);
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long len;

    assert_int_equal(
        PEM_write_bio_PKCS8PrivateKey(bio, pkey, EVP_aes_128_cbc(), "pw", 2, NULL, NULL), 1);
    len = BIO_get_mem_data(bio, &data);
    refuse_key(p, AS_ALG_ES256, apr_pstrmemdup(p, data, (apr_size_t)len), "encrypted");
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    refuse_key(p, AS_ALG_ES256, apr_pstrndup(p, pem, strlen(pem) / 2), "no PEM key");
    refuse_key(p, AS_ALG_ES256, "", "no PEM key");
    refuse_key(p, AS_ALG_RS256, "some text", "no PEM key");
    refuse_key(p, AS_ALG_HS256, "", "empty");
    key_of(p, AS_ALG_ES256, apr_pstrcat(p, "Bag Attributes\n\n", pem, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(pem_must_fit_the_algorithm),
        POOL_TEST(rejects_invalid_pem),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
