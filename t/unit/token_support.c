/* SPDX-License-Identifier: Apache-2.0 */
#include "token_support.h"

#include <apr_general.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64url.h"
#include "base/random.h"

int apr_up(void **state)
{
    (void)state;
    return apr_initialize();
}

int apr_down(void **state)
{
    (void)state;
    apr_terminate();
    return 0;
}

int pool_up(void **state)
{
    return apr_pool_create((apr_pool_t **)state, NULL);
}

int pool_down(void **state)
{
    apr_pool_destroy(*state);
    return ERR_peek_error() != 0;
}

as_span_t span(const char *text)
{
    as_span_t s = {text, strlen(text)};

    return s;
}

const as_key_t *key_with(apr_pool_t *p, as_alg_t alg, const char *text, const char *kid, int flags)
{
    const as_key_t *key = NULL;
    const char *error = NULL;

    if (as_key_create(p, alg, span(text), kid, flags, &key, &error) != APR_SUCCESS) {
        fail_msg("%s: %s", as_alg_name(alg), error);
    }
    return key;
}

const as_key_t *key_of(apr_pool_t *p, as_alg_t alg, const char *text)
{
    return key_with(p, alg, text, NULL, 0);
}

void refuse_key(apr_pool_t *p, as_alg_t alg, const char *text, const char *error_has)
{
    const as_key_t *key = NULL;
    const char *error = NULL;

    if (as_key_create(p, alg, span(text), NULL, 0, &key, &error) != APR_EINVAL || !error ||
        !strstr(error, error_has)) {
        fail_msg("%s %.200s: \"%s\" does not speak of \"%s\"", as_alg_name(alg), text,
                 error ? error : "(taken)", error_has);
    }
}

const as_keyring_t *ring_of(apr_pool_t *p, const as_key_t *first, ...)
{
    apr_array_header_t *keys = apr_array_make(p, 4, sizeof(const as_key_t *));
    const as_keyring_t *ring;
    const as_key_t *key;
    va_list ap;

    va_start(ap, first);
    for (key = first; key; key = va_arg(ap, const as_key_t *)) {
        APR_ARRAY_PUSH(keys, const as_key_t *) = key;
    }
    va_end(ap);
    assert_int_equal(as_keyring_create(p, keys, &ring), APR_SUCCESS);
    return ring;
}

const char *fresh_pem(apr_pool_t *p, const char *type, int want_public)
{
    EVP_PKEY *pkey = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    const char *pem;
    long len;

    if (!strcmp(type, "RSA")) {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)2048);
    } else if (!strcmp(type, "ED25519") || !strcmp(type, "ED448")) {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, type);
    } else {
        pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
    }
    assert_non_null(pkey);
    assert_int_equal(want_public
                         ? PEM_write_bio_PUBKEY(bio, pkey)
                         : PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL),
                     1);
    len = BIO_get_mem_data(bio, &data);
    pem = apr_pstrmemdup(p, data, (apr_size_t)len);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    return pem;
}

const char *fresh_key(apr_pool_t *p, as_alg_t alg)
{
    enum { SECRET_BYTES = 64 }; /* enough for every HMAC algorithm */
    char secret[SECRET_BYTES];

    switch (as_alg_name(alg)[0]) {
    case 'H':
        assert_int_equal(as_random_bytes(secret, sizeof(secret)), APR_SUCCESS);
        return as_base64url_encode(p, secret, sizeof(secret));
    case 'R':
    case 'P':
        return fresh_pem(p, "RSA", 0);
    default:
        return fresh_pem(p,
                         alg == AS_ALG_ES256   ? "P-256"
                         : alg == AS_ALG_ES384 ? "P-384"
                         : alg == AS_ALG_ES512 ? "P-521"
                                               : "ED25519",
                         0);
    }
}

const char *token_of(apr_pool_t *p, const as_key_t *key, const char *header, const char *payload)
{
    const char *text = apr_pstrcat(p, as_base64url_encode(p, header, strlen(header)), ".",
                                   as_base64url_encode(p, payload, strlen(payload)), NULL);
    as_span_t signature;

    assert_int_equal(as_signature_sign(p, key, text, strlen(text), &signature), APR_SUCCESS);
    return apr_pstrcat(p, text, ".", as_base64url_encode(p, signature.data, signature.len), NULL);
}

const char *verdict_on(apr_pool_t *p, const as_keyring_t *ring, const char *token)
{
    const char *why = "no reason";
    as_jwt_t jwt;
    apr_status_t rv = as_jwt_verify(p, ring, token, strlen(token), &jwt, &why);

    assert_true(rv == APR_SUCCESS || rv == APR_EINVAL);
    return rv == APR_SUCCESS ? "ok" : why;
}
