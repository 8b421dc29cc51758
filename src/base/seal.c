/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seal.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#include "base/base64url.h"
#include "base/hkdf.h"
#include "base/random.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, TEXT_BYTES_MAX = 65536 };

static const char PURPOSE[] = "authsms sealed texts";

/* A cipher with key and nonce set, which has authenticated `context`. NULL: OpenSSL failed. */
static EVP_CIPHER_CTX *create_cipher(apr_pool_t *p, as_span_t secret, const char *context,
                                     const unsigned char *nonce, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    as_span_t key;
    int len;
    int good = ctx && as_hkdf_derive(p, secret, PURPOSE, &key) == APR_SUCCESS &&
               EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, (const unsigned char *)key.data,
                                 nonce, encrypt) == 1 &&
               EVP_CipherUpdate(ctx, NULL, &len, (const unsigned char *)context,
                                (int)strlen(context)) == 1;

    if (!good) {
        EVP_CIPHER_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

apr_status_t as_seal_encrypt(apr_pool_t *p, as_span_t secret, const char *context, const char *text,
                             const char **sealed)
{
    apr_size_t len = strlen(text);
    unsigned char *out = apr_palloc(p, NONCE_BYTES + len + TAG_BYTES);
    EVP_CIPHER_CTX *ctx = NULL;
    apr_status_t rv = len > TEXT_BYTES_MAX ? APR_EINVAL : as_random_bytes(out, NONCE_BYTES);
    int n;

    if (rv == APR_SUCCESS) {
        ctx = create_cipher(p, secret, context, out, 1);
        rv = ctx &&
                     EVP_CipherUpdate(ctx, out + NONCE_BYTES, &n, (const unsigned char *)text,
                                      (int)len) == 1 &&
                     EVP_CipherFinal_ex(ctx, out + NONCE_BYTES + len, &n) == 1 &&
                     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
                                         out + NONCE_BYTES + len) == 1
                 ? APR_SUCCESS
                 : APR_EGENERAL;
        EVP_CIPHER_CTX_free(ctx);
    }
    if (rv == APR_SUCCESS) {
        *sealed = as_base64url_encode(p, out, NONCE_BYTES + len + TAG_BYTES);
    } else {
        ERR_clear_error();
    }
    return rv;
}

static apr_status_t decrypt_with(apr_pool_t *p, as_span_t secret, const char *context,
                                 const unsigned char *in, apr_size_t len, const char **text)
{
    unsigned char *plain = apr_pcalloc(p, len + 1);
    unsigned char tag[TAG_BYTES];
    EVP_CIPHER_CTX *ctx = create_cipher(p, secret, context, in, 0);
    int n;
    int good;

    memcpy(tag, in + NONCE_BYTES + len, TAG_BYTES);
    good = ctx && EVP_CipherUpdate(ctx, plain, &n, in + NONCE_BYTES, (int)len) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
           EVP_CipherFinal_ex(ctx, plain + len, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    *text = good ? (const char *)plain : NULL;
    return good ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t as_seal_decrypt(apr_pool_t *p, const apr_array_header_t *secrets, const char *context,
                             const char *sealed, const char **text)
{
    as_span_t bytes;
    apr_status_t rv = as_base64url_decode(p, sealed, strlen(sealed), &bytes);
    int i = 0;

    if (rv != APR_SUCCESS || bytes.len < NONCE_BYTES + TAG_BYTES ||
        bytes.len > NONCE_BYTES + TEXT_BYTES_MAX + TAG_BYTES) {
        return APR_EINVAL;
    }
    do {
        rv = i < secrets->nelts ? decrypt_with(p, APR_ARRAY_IDX(secrets, i, as_span_t), context,
                                               (const unsigned char *)bytes.data,
                                               bytes.len - NONCE_BYTES - TAG_BYTES, text)
                                : APR_EINVAL;
    } while (rv != APR_SUCCESS && ++i < secrets->nelts);
    ERR_clear_error();
    return rv;
}
