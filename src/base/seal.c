/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seal.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#include "base/base64url.h"
#include "base/random.h"
#include "base/secret_source.h"

enum { NONCE = 12, TAG = 16, TEXT_MAX = 65536 };

static const char PURPOSE[] = "authsms sealed texts";

/* A context with its key and nonce set, and the text's context fed to it; NULL: OpenSSL fails. */
static EVP_CIPHER_CTX *begin(apr_pool_t *p, as_span_t secret, const char *context,
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
    unsigned char *out = apr_palloc(p, NONCE + len + TAG);
    EVP_CIPHER_CTX *ctx = NULL;
    apr_status_t rv = len > TEXT_MAX ? APR_EINVAL : as_random_bytes(out, NONCE);
    int n;

    if (rv == APR_SUCCESS) {
        ctx = begin(p, secret, context, out, 1);
        rv = ctx &&
                     EVP_CipherUpdate(ctx, out + NONCE, &n, (const unsigned char *)text,
                                      (int)len) == 1 &&
                     EVP_CipherFinal_ex(ctx, out + NONCE + len, &n) == 1 &&
                     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + len) == 1
                 ? APR_SUCCESS
                 : APR_EGENERAL;
        EVP_CIPHER_CTX_free(ctx);
    }
    if (rv == APR_SUCCESS) {
        *sealed = as_base64url_encode(p, out, NONCE + len + TAG);
    } else {
        ERR_clear_error();
    }
    return rv;
}

static apr_status_t open_with(apr_pool_t *p, as_span_t secret, const char *context,
                              const unsigned char *in, apr_size_t len, const char **text)
{
    unsigned char *plain = apr_pcalloc(p, len + 1);
    unsigned char tag[TAG];
    EVP_CIPHER_CTX *ctx = begin(p, secret, context, in, 0);
    int n;
    int good;

    memcpy(tag, in + NONCE + len, TAG);
    good = ctx && EVP_CipherUpdate(ctx, plain, &n, in + NONCE, (int)len) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
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

    if (rv != APR_SUCCESS || bytes.len < NONCE + TAG || bytes.len > NONCE + TEXT_MAX + TAG) {
        return APR_EINVAL;
    }
    do {
        rv = i < secrets->nelts
                 ? open_with(p, APR_ARRAY_IDX(secrets, i, as_span_t), context,
                             (const unsigned char *)bytes.data, bytes.len - NONCE - TAG, text)
                 : APR_EINVAL;
    } while (rv != APR_SUCCESS && ++i < secrets->nelts);
    ERR_clear_error();
    return rv;
}
