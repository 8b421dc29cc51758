/* SPDX-License-Identifier: Apache-2.0 */
/* Why a key must not be used although it works. */
#include <openssl/core_names.h>
#include <openssl/err.h>

#include <string.h>

#include "core/key.h"

#define RSA_BITS_MIN 2048 /* RFC 7518 §3.3 */
#define RSA_EXPONENT_MIN 65537

/* Secrets that stand in documents: everybody can sign with them. */
static const char *const known_secrets[] = {
    "secret",
    "your-256-bit-secret", /* jwt.io */
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    /* RFC 7515 A.1: its text, and below its bytes */
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    ("\x03\x23\x35\x4b\x2b\x0f\xa5\xbc\x83\x7e\x06\x65\x77\x7b\xa6\x8f\x5a\xb3\x28\xe6\xf0\x54\xc9"
     "\x28\xa9\x0f\x84\xb2\xd2\x50\x2e\xbf\xd3\xfb\x5a\x92\xd2\x06\x47\xef\x96\x8a\xb4\xc3\x77\x62"
     "\x3d\x22\x3d\x2e\x21\x72\x05\x2e\x4f\x08\xc0\xcd\x9a\xf5\x67\xd0\x80\xa3"),
    /* RFC 7520 §3.5 */
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
    ("\x84\x9b\x57\x21\x9d\xae\x48\xde\x64\x6d\x07\xdb\xb5\x33\x56\x6e\x97\x66\x86\x45\x7c\x14\x91"
     "\xbe\x3a\x76\xdc\xea\x6c\x42\x71\x88"),
};

/* The same of key pairs, each by how its n or x begins. */
static const char *const known_pairs[] = {
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTb", /* RFC 7515 A.2 */
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", /* … A.3 */
    "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrr", /* … A.4 */
    "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", /* RFC 7517 A.2 */
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbW", /* … and RFC 7638 §3.1 */
    "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZ", /* RFC 7520 §3.2 */
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKP", /* … §3.4 */
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", /* RFC 8037 A.1 */
    "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffA", /* jwt.io, RS256 */
    "EVs_o5-uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf84", /* … and ES256 */
};

static const char known[] = "the key is printed in public documents";

static int is_known_pair(const char *jwk)
{
    int found = 0;

    for (apr_size_t i = 0; i < sizeof(known_pairs) / sizeof(*known_pairs); i++) {
        found |= strstr(jwk, known_pairs[i]) != NULL;
    }
    return found;
}

static int is_known(as_span_t secret)
{
    apr_size_t i;

    for (i = 0; i < sizeof(known_secrets) / sizeof(*known_secrets); i++) {
        if (strlen(known_secrets[i]) == secret.len &&
            !memcmp(known_secrets[i], secret.data, secret.len)) {
            return 1;
        }
    }
    return 0;
}

static const char too_short[] =
    "the secret is shorter than the algorithm's hash (RFC 7518, section 3.2)";

static const char *secret_weakness(const as_key_t *key)
{
    as_span_t secret = key->secret;

    if (is_known(secret)) {
        return known;
    }
    if (secret.len < 2 || !memcmp(secret.data, secret.data + 1, secret.len - 1)) {
        return "the secret is one repeated byte";
    }
    return secret.len < key->row->size ? too_short : NULL;
}

int as_key_is_merely_short(const as_key_t *key)
{
    return !key->pkey && secret_weakness(key) == too_short;
}

/*
 * Keys of the chips with CVE-2017-15361 ("ROCA"): modulo every small prime their modulus is a power
 * of 65537. One in some 2^28 sound keys looks so as well.
 */
static int is_roca(const BIGNUM *n)
{
    static const unsigned char primes[] = {
        3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
        73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    apr_size_t i;

    for (i = 0; i < sizeof(primes); i++) {
        unsigned prime = primes[i];
        BN_ULONG rest = BN_mod_word(n, prime);
        unsigned power = 1;

        do {
            power = power * (RSA_EXPONENT_MIN % prime) % prime;
        } while (power != rest && power != 1);
        if (power != rest) {
            return 0;
        }
    }
    return 1;
}

static const char *rsa_weakness(const as_key_t *key)
{
    BIGNUM *n = NULL, *e = NULL;
    const char *weakness = NULL;

    if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1) {
        weakness = "the RSA key cannot be looked at";
    } else if (BN_num_bits(n) < RSA_BITS_MIN) {
        weakness = "the RSA key has fewer than 2048 bits (RFC 7518, section 3.3)";
    } else if (!BN_is_odd(e) || BN_num_bits(e) < 17) {
        weakness = "the RSA key's exponent is even or below 65537";
    } else if (!BN_is_odd(n) || is_roca(n)) {
        weakness = "the RSA key's modulus is of a kind that can be factored";
    }
    BN_free(n);
    BN_free(e);
    return weakness;
}

const char *as_key_weakness(const as_key_t *key)
{
    const char *weakness = NULL;

    if (!key->pkey) {
        return secret_weakness(key);
    }
    if (is_known_pair(key->public_jwk)) {
        return known;
    }
    if (key->row->family == AS_FAMILY_PKCS1 || key->row->family == AS_FAMILY_PSS) {
        ERR_set_mark();
        weakness = rsa_weakness(key);
        ERR_pop_to_mark();
    }
    return weakness;
}
