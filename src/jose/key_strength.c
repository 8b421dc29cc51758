/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/key_strength.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <string.h>

#include "base/base64url.h"
#include "base/secret_literal.h"
#include "jose/key_record.h"

#define RSA_BITS_MIN 2048        /* RFC 7518 §3.3 */
#define RSA_EXPONENT_BITS_MIN 17 /* 65537 */
#define ROCA_BASE 65537

/* Secrets that documents print as text. Everybody can sign with them. */
static const char *const published_texts[] = {
    "your-256-bit-secret", /* jwt.io */
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
};

/* Secrets that documents print in base64url. They are rejected in both forms. */
static const char *const published_bytes[] = {
    /* RFC 7515 A.1, RFC 7517 A.3, RFC 7797 */
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg", /* RFC 7520 §3.5 */
    "AAPapAv4LbFbiVawEjagUBluYqN5rhna-8nuldDvOx8", /* … §3.6 */
    "GawgguFyGrWKav7AX4VKUg",                      /* RFC 7517 A.3 */
};

/* Key pairs that documents print, by the beginning of n or x. */
static const char *const published_pairs[] = {
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTb", /* RFC 7515 A.2 */
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", /* … A.3 */
    "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrr", /* … A.4 */
    "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", /* RFC 7517 A.2 */
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbW", /* … and RFC 7638 §3.1 */
    "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZ", /* RFC 7520 §3.2 */
    "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKP", /* … §3.4 */
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", /* RFC 8037 A.1 */
    "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", /* RFC 9449 §4.2 */
    "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffA", /* jwt.io, RS256 */
    "EVs_o5-uQbTjL3chynL4wXgUg2R9q9UU8I5mEovUf84", /* … and ES256 */
};

static const char PUBLISHED_KEY[] = "the key is printed in public documents";

static int is_published_pair(const char *jwk)
{
    int found = 0;

    for (apr_size_t i = 0; i < sizeof(published_pairs) / sizeof(*published_pairs); i++) {
        found |= strstr(jwk, published_pairs[i]) != NULL;
    }
    return found;
}

static int equals_text(as_span_t secret, const char *text)
{
    return strlen(text) == secret.len && !memcmp(text, secret.data, secret.len);
}

static int is_published(apr_pool_t *p, as_span_t secret)
{
    const char *encoded = as_base64url_encode(p, secret.data, secret.len);
    int found = as_secret_literal_is_placeholder(secret);

    for (apr_size_t i = 0; i < sizeof(published_texts) / sizeof(*published_texts); i++) {
        found |= equals_text(secret, published_texts[i]);
    }
    for (apr_size_t i = 0; i < sizeof(published_bytes) / sizeof(*published_bytes); i++) {
        found |=
            equals_text(secret, published_bytes[i]) || strcmp(encoded, published_bytes[i]) == 0;
    }
    OPENSSL_cleanse((void *)encoded, strlen(encoded));
    return found;
}

/* One repeated byte ("aaaa"), or counting bytes (00 01 02 … of test vectors)? */
static int is_repeated_or_counting(as_span_t secret)
{
    const unsigned char *byte = (const unsigned char *)secret.data;
    unsigned step = secret.len > 1 ? (unsigned)(byte[1] - byte[0]) & 0xff : 0;
    apr_size_t i = 1;

    while (i < secret.len && (unsigned)(byte[i] - byte[i - 1]) == step) {
        i++;
    }
    return i >= secret.len && step <= 1;
}

static const char *check_guessable(apr_pool_t *p, as_span_t secret)
{
    return is_repeated_or_counting(secret)
               ? "the secret is one repeated byte, or bytes that count up"
           : is_published(p, secret) ? PUBLISHED_KEY
                                     : NULL;
}

const char *as_key_strength_check_secret(apr_pool_t *p, as_span_t secret, apr_size_t min)
{
    const char *error = check_guessable(p, secret);

    if (!error && secret.len < min) {
        error = apr_psprintf(p,
                             "the secret is too short: it has %" APR_SIZE_T_FMT
                             " bytes, and needs at least %" APR_SIZE_T_FMT,
                             secret.len, min);
    }
    return error;
}

int as_key_strength_is_only_short(apr_pool_t *p, const as_key_t *key)
{
    return !key->pkey && key->secret.len < key->info->size && !check_guessable(p, key->secret);
}

/*
 * Is this a modulus of the chips with CVE-2017-15361 ("ROCA")? Modulo every small prime, it is a
 * power of 65537. About one in 2^28 good keys is, too.
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
            power = power * (ROCA_BASE % prime) % prime;
        } while (power != rest && power != 1);
        if (power != rest) {
            return 0;
        }
    }
    return 1;
}

static const char *check_rsa(const as_key_t *key)
{
    BIGNUM *n = NULL, *e = NULL;
    const char *error = NULL;

    if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
        EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1) {
        error = "the RSA key cannot be read";
    } else if (BN_num_bits(n) < RSA_BITS_MIN) {
        error = "the RSA key has fewer than 2048 bits (RFC 7518, section 3.3)";
    } else if (!BN_is_odd(e) || BN_num_bits(e) < RSA_EXPONENT_BITS_MIN) {
        error = "the RSA key's exponent is even or below 65537";
    } else if (!BN_is_odd(n) || is_roca(n)) {
        error = "the RSA key's modulus is of a kind that can be factored";
    }
    BN_free(n);
    BN_free(e);
    return error;
}

const char *as_key_strength_check(apr_pool_t *p, const as_key_t *key)
{
    const char *error = NULL;

    if (!key->pkey) {
        return as_key_strength_check_secret(p, key->secret, key->info->size);
    }
    if (is_published_pair(key->public_jwk)) {
        return PUBLISHED_KEY;
    }
    if (key->info->family == AS_ALG_FAMILY_PKCS1 || key->info->family == AS_ALG_FAMILY_PSS) {
        ERR_set_mark();
        error = check_rsa(key);
        ERR_pop_to_mark();
    }
    return error;
}
