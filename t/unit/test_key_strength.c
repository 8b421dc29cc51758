/* SPDX-License-Identifier: Apache-2.0 */
/* Weak keys: known secrets, little entropy, weak RSA. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64url.h"
#include "jose/key_strength.h"

#define P256_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
#define P256_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define P256 "{\"kty\":\"EC\",\"crv\":\"P-256\"," P256_X P256_Y
#define P256_D ",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define ED                                                                                         \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

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

static void rejects_weak_secrets(void **state)
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

static void rejects_weak_rsa_keys(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(rejects_weak_secrets),
        POOL_TEST(rejects_weak_rsa_keys),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
