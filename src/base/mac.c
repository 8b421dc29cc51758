/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mac.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

#include "base/base64url.h"

static const char *const digests[] = {
    [AS_MAC_SHA1] = "SHA1",
    [AS_MAC_SHA256] = "SHA256",
    [AS_MAC_SHA512] = "SHA512",
};

apr_status_t as_mac_compute(apr_pool_t *p, as_mac_alg_t alg, as_span_t key, const as_span_t *parts,
                            int count, as_span_t *mac)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    unsigned char *bytes = apr_palloc(p, EVP_MAX_MD_SIZE);
    size_t len = 0;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digests[alg], 0),
        OSSL_PARAM_construct_end(),
    };
    int done = ctx && EVP_MAC_init(ctx, (const unsigned char *)key.data, key.len, params) == 1;

    for (int i = 0; done && i < count; i++) {
        done = EVP_MAC_update(ctx, (const unsigned char *)parts[i].data, parts[i].len) == 1;
    }
    done = done && EVP_MAC_final(ctx, bytes, &len, EVP_MAX_MD_SIZE) == 1;
    EVP_MAC_CTX_free(ctx);
    EVP_MAC_free(hmac);
    if (!done) {
        ERR_clear_error();
        return APR_EGENERAL;
    }
    *mac = (as_span_t){(const char *)bytes, len};
    return APR_SUCCESS;
}

apr_status_t as_mac_sha256_base64url(apr_pool_t *p, as_span_t key, const char *text,
                                     const char **mac)
{
    const as_span_t part = {text, strlen(text)};
    as_span_t bytes;
    apr_status_t rv = as_mac_compute(p, AS_MAC_SHA256, key, &part, 1, &bytes);

    if (rv == APR_SUCCESS) {
        *mac = as_base64url_encode(p, bytes.data, bytes.len);
    }
    return rv;
}

int as_mac_equal(as_span_t a, as_span_t b)
{
    return a.len == b.len && CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

int as_mac_equal_hex(apr_pool_t *p, as_span_t bytes, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    char *text = apr_palloc(p, 2 * bytes.len + 1);
    char *given = apr_pstrdup(p, hex);
    char *out = text;

    for (apr_size_t i = 0; i < bytes.len; i++) {
        *out++ = digits[(unsigned char)bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    for (char *c = given; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return as_mac_equal((as_span_t){text, 2 * bytes.len}, (as_span_t){given, strlen(given)});
}
