/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <string.h>

#include "base/wipe.h"

enum { DERIVED_BYTES = 32 };

apr_status_t as_hkdf_derive(apr_pool_t *p, as_span_t key, const char *info, as_span_t *derived)
{
    unsigned char bytes[DERIVED_BYTES];
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key.data, key.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, strlen(info)),
        OSSL_PARAM_construct_end(),
    };
    int done = ctx && EVP_KDF_derive(ctx, bytes, sizeof(bytes), params) == 1;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    if (!done) {
        ERR_clear_error();
        return APR_EGENERAL;
    }
    *derived = as_wipe_copy(p, bytes, sizeof(bytes));
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return APR_SUCCESS;
}
