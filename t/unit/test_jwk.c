/* SPDX-License-Identifier: Apache-2.0 */
/* Which material is a key, what it is good for, and what of it is published. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64url.h"
#include "text/json.h"

#define OCT "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\""
#define P256_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define P256_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define P256 "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X P256_Y
#define P256_D ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define ED                                                                                         \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define ED_D ",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\""

static void algorithm_names(void **state)
{
    as_alg_t alg, found;

    (void)state;
    for (alg = 0; alg < AS_ALG_COUNT; alg++) {
        const char *name = as_alg_name(alg);

        assert_int_equal(as_alg_find(name, strlen(name), &found), APR_SUCCESS);
        assert_int_equal(found, alg);
        assert_int_equal(as_alg_find(name, strlen(name) - 1, &found), APR_ENOENT);
        assert_int_equal(as_alg_is_symmetric(alg), name[0] == 'H');
        assert_non_null(strstr(as_alg_names(), name));
    }
    assert_int_equal(as_alg_find("", 0, &found), APR_ENOENT);
    assert_int_equal(as_alg_find("hs256", 5, &found), APR_ENOENT);
    assert_int_equal(as_alg_find("none", 4, &found), APR_ENOENT);
    assert_string_equal(as_alg_names(),
                        "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 "
                        "ES384 ES512 EdDSA");
}

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

static void jwk_rules(void **state)
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

static void who_can_sign(void **state)
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
static void broken_pem(void **state)
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

static const struct {
    as_alg_t alg;
    const char *text;
    const char *weakness_has; /* NULL: sound */
} strengths[] = {
    {AS_ALG_HS256, "0123456789012345678901234567890", "too short"},
    {AS_ALG_HS256, "01234567890123456789012345678901", NULL},
    {AS_ALG_HS384, "01234567890123456789012345678901234567890123456", "too short"},
    {AS_ALG_HS384, "012345678901234567890123456789012345678901234567", NULL},
    {AS_ALG_HS512, "012345678901234567890123456789012345678901234567890123456789012", "too short"},
    {AS_ALG_HS512, "0123456789012345678901234567890123456789012345678901234567890123", NULL},
    {AS_ALG_HS256, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "repeated"},
    {AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     "repeated"},
    {AS_ALG_HS256, "x", "repeated"},
    {AS_ALG_HS256, "your-256-bit-secret", "public"},
    {AS_ALG_HS256, "Change me, I am the secret of a sample.env", "public"},
    {AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}",
     "count up"},
    {AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"AAPapAv4LbFbiVawEjagUBluYqN5rhna-8nuldDvOx8\"}",
     "public"},
    {AS_ALG_HS384, "0123456789 9876543210", "has 21 bytes, and needs at least 48"},
    {AS_ALG_HS256, "a-string-secret-at-least-256-bits-long", "public"},
    {AS_ALG_HS256,
     "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
     "public"},
    {AS_ALG_HS256,
     "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
     "1qS0gZH75aKtMN3Yj0iPS4hcg"
     "UuTwjAzZr1Z9CAow\"}",
     "public"},
    {AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg\"}",
     "public"},
    /* RFC 7515 A.3 and A.4, RFC 7517 A.2, RFC 7520 §3.1, RFC 8037 A.1, jwt.io */
    {AS_ALG_ES256, P256 "}", "public"},
    {AS_ALG_ES256, P256 P256_D "}", "public"},
    {AS_ALG_ES512,
     "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":"
     "\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EO"
     "nYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\",\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th"
     "-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\"}",
     "public"},
    {AS_ALG_ES256,
     "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
     "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}",
     "public"},
    {AS_ALG_ES512,
     "{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_"
     "oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt\",\"y\":\"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6"
     "pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1\"}",
     "public"},
    {AS_ALG_EdDSA, ED "}", "public"},
    {AS_ALG_ES256,
     "-----BEGIN PUBLIC KEY-----\n"
     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
     "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
     "-----END PUBLIC KEY-----\n",
     "public"},
    {AS_ALG_RS256,
     "-----BEGIN PUBLIC KEY-----\n"
     "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n"
     "4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u\n"
     "+qKhbwKfBstIs+bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyeh\n"
     "kd3qqGElvW/VDL5AaWTg0nLVkjRo9z+40RQzuVaE8AkAFmxZzow3x+VJYKdjykkJ\n"
     "0iT9wCS0DRTXu269V264Vf/3jvredZiKRkgwlL9xNAwxXFg0x/XFw005UWVRIkdg\n"
     "cKWTjpBP2dPwVZ4WWC+9aGVd+Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbc\n"
     "mwIDAQAB\n"
     "-----END PUBLIC KEY-----\n",
     "public"},
    {AS_ALG_PS256,
     "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_"
     "KuKPEHLd4rHVTeT"
     "-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5yd"
     "QLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEH"
     "g8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5"
     "iaiQkqgc5gHdrNP5zw\"}",
     "public"},
    /* nobody's */
    {AS_ALG_ES256,
     "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"xl8CMvUfd1PEPBGUxVPwWdffbG3RGtox2Yu-Dqxn6JM\","
     "\"y\":\"TsuB_BSRpb7SiaaDlSAqJWEJtAIRJJB0IMBCi46JRcY\"}",
     NULL},
    {AS_ALG_EdDSA,
     "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"fFZt8J2Hc59XguQmvUa8gGAchAc_mgMj1DE_lsX4SAU\"}",
     NULL},
};

static void check_strength(apr_pool_t *p, as_alg_t alg, const char *text, const char *weakness_has)
{
    const char *weakness = as_key_strength_check(p, key_of(p, alg, text));

    if (weakness_has ? !weakness || !strstr(weakness, weakness_has) : weakness != NULL) {
        fail_msg("%s %s: %s", as_alg_name(alg), text, weakness ? weakness : "sound");
    }
}

static void weak_secrets(void **state)
{
    apr_size_t i;

    for (i = 0; i < COUNT(strengths); i++) {
        check_strength(*state, strengths[i].alg, strengths[i].text, strengths[i].weakness_has);
    }
}

static const char *number_text(apr_pool_t *p, const BIGNUM *n)
{
    unsigned char bytes[512];

    return as_base64url_encode(p, bytes, (apr_size_t)BN_bn2bin(n, bytes));
}

/* 65537 to some power is a modulus with the mark of ROCA; add takes the mark away. */
static void check_rsa(apr_pool_t *p, unsigned power, unsigned add, unsigned exponent,
                      const char *weakness_has)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = BN_new(), *e = BN_new();

    BN_set_word(n, 65537);
    BN_set_word(e, power);
    BN_exp(n, n, e, ctx);
    BN_add_word(n, add);
    BN_set_word(e, exponent);
    check_strength(p, AS_ALG_RS256,
                   apr_psprintf(p, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", number_text(p, n),
                                number_text(p, e)),
                   weakness_has);
    BN_free(n);
    BN_free(e);
    BN_CTX_free(ctx);
}

static void weak_rsa(void **state)
{
    check_rsa(*state, 128, 2, 65537, NULL);
    check_rsa(*state, 128, 0, 65537, "factored");
    check_rsa(*state, 128, 1, 65537, "factored");
    check_rsa(*state, 127, 2, 65537, "2048 bits");
    check_rsa(*state, 128, 2, 65536, "exponent");
    check_rsa(*state, 128, 2, 65538, "exponent");
    check_rsa(*state, 128, 2, 1, "exponent");
    check_rsa(*state, 128, 2, 3, "exponent");
    check_strength(*state, AS_ALG_PS256, fresh_pem(*state, "RSA", 0), NULL);
}

static void kid_rules(void **state)
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
static void random_bytes_are_secrets(void **state)
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
    refuse_key(*state, AS_ALG_HS256, "{\"kty\":\"oct\",\"k\":\"AAAA\"", "no JSON object");
}

static void derived_secrets(void **state)
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

static void rings(void **state)
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
        POOL_TEST(algorithm_names), POOL_TEST(jwk_rules),
        POOL_TEST(who_can_sign),    POOL_TEST(pem_must_fit_the_algorithm),
        POOL_TEST(broken_pem),      POOL_TEST(weak_secrets),
        POOL_TEST(weak_rsa),        POOL_TEST(kid_rules),
        POOL_TEST(derived_secrets), POOL_TEST(jwks_publishes_public_keys_only),
        POOL_TEST(rings),           POOL_TEST(random_bytes_are_secrets),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
