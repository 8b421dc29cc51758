/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/signature.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <string.h>

enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c }; /* RFC 2104 §2 */

#define HASH_BLOCK_MAX 144 /* bytes: of SHA3-224; every other digest has smaller blocks */

static apr_status_t free_md(void *baton)
{
    EVP_MD_free(baton);
    return APR_SUCCESS;
}

static apr_status_t free_md_ctx(void *baton)
{
    EVP_MD_CTX_free(baton);
    return APR_SUCCESS;
}

static apr_status_t free_bignum(void *baton)
{
    BN_free(baton);
    return APR_SUCCESS;
}

static EVP_MD_CTX *new_md_ctx(apr_pool_t *p)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx) {
        apr_pool_cleanup_register(p, ctx, free_md_ctx, apr_pool_cleanup_null);
    }
    return ctx;
}

/* The hash state after the first block: the zero-padded key XOR `pad` (RFC 2104 §2). */
static EVP_MD_CTX *hash_key_block(apr_pool_t *p, const as_key_t *key, unsigned char pad)
{
    unsigned char block[HASH_BLOCK_MAX] = {0};
    apr_size_t block_len = (apr_size_t)EVP_MD_get_block_size(key->md);
    EVP_MD_CTX *ctx = new_md_ctx(p);
    apr_size_t i;
    int ok;

    if (!ctx || block_len > sizeof(block)) {
        return NULL;
    }
    if (key->secret.len <= block_len) {
        memcpy(block, key->secret.data, key->secret.len);
        ok = 1;
    } else {
        ok = EVP_Digest(key->secret.data, key->secret.len, block, NULL, key->md, NULL);
    }
    for (i = 0; i < block_len; i++) {
        block[i] ^= pad;
    }
    ok = ok == 1 && EVP_DigestInit_ex2(ctx, key->md, NULL) == 1 &&
         EVP_DigestUpdate(ctx, block, block_len) == 1;
    OPENSSL_cleanse(block, sizeof(block));
    return ok ? ctx : NULL;
}

static int prepare_hmac(apr_pool_t *p, as_key_t *key)
{
    key->inner = hash_key_block(p, key, INNER_PAD);
    key->outer = hash_key_block(p, key, OUTER_PAD);
    return key->inner && key->outer;
}

/* Set every parameter, so that no default of OpenSSL matters. */
static const OSSL_PARAM *set_padding(const as_alg_info_t *info, OSSL_PARAM params[4])
{
    OSSL_PARAM *next = params;

    if (info->family == AS_ALG_FAMILY_PKCS1) {
        *next++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
                                                   (char *)OSSL_PKEY_RSA_PAD_MODE_PKCSV15, 0);
    } else if (info->family == AS_ALG_FAMILY_PSS) {
        *next++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
                                                   (char *)OSSL_PKEY_RSA_PAD_MODE_PSS, 0);
        *next++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST,
                                                   (char *)info->digest, 0);
        *next++ = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN,
                                                   (char *)OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, 0);
    }
    *next = OSSL_PARAM_construct_end();
    return params;
}

static int prepare_key_pair(apr_pool_t *p, as_key_t *key)
{
    OSSL_PARAM params[4] = {0};
    const OSSL_PARAM *pad = set_padding(key->info, params);

    key->verify = new_md_ctx(p);
    if (!key->verify || EVP_DigestVerifyInit_ex(key->verify, NULL, key->info->digest, NULL, NULL,
                                                key->pkey, pad) != 1) {
        return 0;
    }
    if (key->has_private) {
        key->sign = new_md_ctx(p);
        if (!key->sign || EVP_DigestSignInit_ex(key->sign, NULL, key->info->digest, NULL, NULL,
                                                key->pkey, pad) != 1) {
            return 0;
        }
    }
    if (key->info->family == AS_ALG_FAMILY_EC) {
        if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_EC_ORDER, &key->order) != 1) {
            return 0;
        }
        apr_pool_cleanup_register(p, key->order, free_bignum, apr_pool_cleanup_null);
    }
    return 1;
}

apr_status_t as_signature_prepare(apr_pool_t *p, as_key_t *key)
{
    int ok = 1;

    ERR_set_mark();
    if (key->info->digest) {
        key->md = EVP_MD_fetch(NULL, key->info->digest, NULL);
        if (key->md) {
            apr_pool_cleanup_register(p, key->md, free_md, apr_pool_cleanup_null);
        }
        ok = key->md != NULL;
    }
    ok = ok && (key->pkey ? prepare_key_pair(p, key) : prepare_hmac(p, key));
    ERR_pop_to_mark();
    return ok ? APR_SUCCESS : APR_EINVAL;
}

/* Copying two hash states takes a third of the time of EVP_MAC_CTX_dup. */
static int compute_hmac(const as_key_t *key, const char *data, apr_size_t len, unsigned char *mac)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned n = 0;
    int ok = ctx && EVP_MD_CTX_copy_ex(ctx, key->inner) == 1 &&
             EVP_DigestUpdate(ctx, data, len) == 1 && EVP_DigestFinal_ex(ctx, mac, &n) == 1 &&
             EVP_MD_CTX_copy_ex(ctx, key->outer) == 1 && EVP_DigestUpdate(ctx, mac, n) == 1 &&
             EVP_DigestFinal_ex(ctx, mac, &n) == 1 && n == key->info->size;

    EVP_MD_CTX_free(ctx);
    if (!ok) {
        ERR_clear_error(); /* out of memory; a mark on each call would be slower */
    }
    return ok;
}

static int verify_hmac(const as_key_t *key, const char *data, apr_size_t len, as_span_t signature)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    int valid = signature.len == key->info->size && compute_hmac(key, data, len, mac) &&
                CRYPTO_memcmp(mac, signature.data, signature.len) == 0;

    OPENSSL_cleanse(mac, sizeof(mac));
    return valid;
}

/* A copy of a template, for one use. NULL: out of memory. */
static EVP_MD_CTX *copy_template(const EVP_MD_CTX *prepared)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx && EVP_MD_CTX_copy_ex(ctx, prepared) != 1) {
        EVP_MD_CTX_free(ctx);
        return NULL;
    }
    if (ctx) {
        /* It is used once: OpenSSL need not copy it again. */
        EVP_MD_CTX_set_flags(ctx, EVP_MD_CTX_FLAG_FINALISE);
    }
    return ctx;
}

/* Parse R || S, each of the curve's full length and between 1 and n - 1 (RFC 7518 §3.4). NULL:
 * invalid. */
static ECDSA_SIG *parse_raw_ecdsa(const as_key_t *key, as_span_t raw)
{
    const unsigned char *bytes = (const unsigned char *)raw.data;
    int half = (int)key->info->size;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r, *s;

    if (!sig || raw.len != 2 * key->info->size) {
        goto invalid;
    }
    r = BN_bin2bn(bytes, half, NULL);
    s = BN_bin2bn(bytes + half, half, NULL);
    if (!ECDSA_SIG_set0(sig, r, s)) {
        BN_free(r);
        BN_free(s);
        goto invalid;
    }
    if (BN_is_zero(r) || BN_is_zero(s) || BN_cmp(r, key->order) >= 0 ||
        BN_cmp(s, key->order) >= 0) {
        goto invalid;
    }
    return sig;
invalid:
    ECDSA_SIG_free(sig);
    return NULL;
}

static int verify_ecdsa(const as_key_t *key, EVP_MD_CTX *ctx, const char *data, apr_size_t len,
                        as_span_t signature)
{
    ECDSA_SIG *sig = parse_raw_ecdsa(key, signature);
    unsigned char *der = NULL;
    int der_len = sig ? i2d_ECDSA_SIG(sig, &der) : 0;
    int valid = der_len > 0 && EVP_DigestVerify(ctx, der, (apr_size_t)der_len,
                                                (const unsigned char *)data, len) == 1;

    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return valid;
}

int as_signature_verify(const as_key_t *key, const char *data, apr_size_t len, as_span_t signature)
{
    EVP_MD_CTX *ctx;
    int valid = 0;

    if (!key->pkey) {
        return verify_hmac(key, data, len, signature);
    }
    ERR_set_mark();
    ctx = copy_template(key->verify);
    if (ctx && key->info->family == AS_ALG_FAMILY_EC) {
        valid = verify_ecdsa(key, ctx, data, len, signature);
    } else if (ctx && signature.len == (apr_size_t)EVP_PKEY_get_size(key->pkey)) {
        valid = EVP_DigestVerify(ctx, (const unsigned char *)signature.data, signature.len,
                                 (const unsigned char *)data, len) == 1;
    }
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return valid;
}

static int format_raw_ecdsa(const as_key_t *key, const unsigned char *der, apr_size_t der_len,
                            unsigned char *raw)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
    int half = (int)key->info->size;
    int ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, half) == half &&
             BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, half) == half;

    ECDSA_SIG_free(sig);
    return ok;
}

static int sign_with_private_key(apr_pool_t *p, const as_key_t *key, const char *data,
                                 apr_size_t len, unsigned char **out, apr_size_t *out_len)
{
    EVP_MD_CTX *ctx = copy_template(key->sign);
    unsigned char *raw;
    int ok;

    *out_len = (apr_size_t)EVP_PKEY_get_size(key->pkey);
    *out = apr_palloc(p, *out_len);
    ok = ctx && EVP_DigestSign(ctx, *out, out_len, (const unsigned char *)data, len) == 1;
    EVP_MD_CTX_free(ctx);
    if (ok && key->info->family == AS_ALG_FAMILY_EC) {
        raw = apr_palloc(p, 2 * key->info->size);
        ok = format_raw_ecdsa(key, *out, *out_len, raw);
        *out = raw;
        *out_len = 2 * key->info->size;
    }
    return ok;
}

apr_status_t as_signature_sign(apr_pool_t *p, const as_key_t *key, const char *data, apr_size_t len,
                               as_span_t *signature)
{
    unsigned char *out = NULL;
    apr_size_t out_len = key->info->size;
    int ok = 0;

    ERR_set_mark();
    if (!key->pkey) {
        out = apr_palloc(p, EVP_MAX_MD_SIZE);
        ok = compute_hmac(key, data, len, out);
    } else if (key->sign) {
        ok = sign_with_private_key(p, key, data, len, &out, &out_len);
    }
    ERR_pop_to_mark();
    if (!ok) {
        return APR_EINVAL;
    }
    signature->data = (const char *)out;
    signature->len = out_len;
    return APR_SUCCESS;
}
