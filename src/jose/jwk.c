/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwk.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <string.h>

#include "base/base64url.h"
#include "base/wipe.h"
#include "jose/key_record.h"
#include "text/json.h"

enum { ED25519_BYTES = 32 };
enum { RSA_NUMBERS = 8 }; /* n, e, d, p, q, dp, dq, qi */

#define RSA_BYTES_MAX 2048 /* OpenSSL's own limit: 16384 bits */

/* Decode a member; the bytes are wiped with the pool. size: the required length; 0: 1 to
 * RSA_BYTES_MAX. */
static apr_status_t decode_bytes(apr_pool_t *p, json_object *tree, const char *name,
                                 apr_size_t size, as_span_t *bytes)
{
    const char *text = as_json_get_string(tree, name);

    if (!text || as_base64url_decode(p, text, strlen(text), bytes) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    as_wipe_with_pool(p, *bytes);
    if (size ? bytes->len != size : bytes->len < 1 || bytes->len > RSA_BYTES_MAX) {
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static int has_member(json_object *tree, const char *name)
{
    return json_object_object_get_ex(tree, name, NULL);
}

/* Is the member absent, or equal to this string? */
static int is_absent_or(json_object *tree, const char *name, const char *wanted)
{
    const char *value = as_json_get_string(tree, name);

    return value ? !strcmp(value, wanted) : !has_member(tree, name);
}

/* Read key_ops (RFC 7517 §4.3). 0: malformed, or neither sign nor verify. */
static int read_key_ops(json_object *tree, int *may_sign)
{
    json_object *ops;
    apr_size_t i, n;
    int may_verify = 0;

    *may_sign = 1;
    if (!json_object_object_get_ex(tree, "key_ops", &ops)) {
        return 1;
    }
    if (!json_object_is_type(ops, json_type_array)) {
        return 0;
    }
    *may_sign = 0;
    n = json_object_array_length(ops);
    for (i = 0; i < n; i++) {
        json_object *op = json_object_array_get_idx(ops, i);

        if (!json_object_is_type(op, json_type_string)) {
            return 0;
        }
        *may_sign |= !strcmp(json_object_get_string(op), "sign");
        may_verify |= !strcmp(json_object_get_string(op), "verify");
    }
    return *may_sign || may_verify;
}

/* A key under construction. OSSL_PARAM_BLD keeps pointers to the numbers. */
typedef struct builder_t {
    apr_pool_t *p;
    json_object *tree;
    OSSL_PARAM_BLD *bld;
    BIGNUM *numbers[RSA_NUMBERS];
    int count;
} builder_t;

static int push_number(builder_t *b, const char *member, apr_size_t size, const char *param)
{
    as_span_t bytes;
    BIGNUM *n;

    if (decode_bytes(b->p, b->tree, member, size, &bytes) != APR_SUCCESS) {
        return 0;
    }
    n = BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.len, NULL);
    if (!n) {
        return 0;
    }
    b->numbers[b->count++] = n;
    return OSSL_PARAM_BLD_push_BN(b->bld, param, n);
}

static int push_rsa(builder_t *b, int has_private)
{
    static const char *const crt_members[][2] = {
        {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},       {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
        {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
        {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    apr_size_t i, given = 0;

    if (!push_number(b, "n", 0, OSSL_PKEY_PARAM_RSA_N) ||
        !push_number(b, "e", 0, OSSL_PKEY_PARAM_RSA_E)) {
        return 0;
    }
    for (i = 0; i < sizeof(crt_members) / sizeof(*crt_members); i++) {
        given += (apr_size_t)has_member(b->tree, crt_members[i][0]);
    }
    /* RFC 7518 §6.3.2: all of them or none. Keys of more than two primes (oth) are rejected. */
    if (!has_private || has_member(b->tree, "oth")) {
        return !has_private && !given;
    }
    if (!push_number(b, "d", 0, OSSL_PKEY_PARAM_RSA_D)) {
        return 0;
    }
    for (i = 0; given && i < sizeof(crt_members) / sizeof(*crt_members); i++) {
        if (!push_number(b, crt_members[i][0], 0, crt_members[i][1])) {
            return 0;
        }
    }
    return 1;
}

static int push_ec(builder_t *b, const as_alg_info_t *info, int has_private)
{
    enum { UNCOMPRESSED = 4 }; /* SEC 1 §2.3.3 */
    as_span_t x, y;
    char *point = apr_palloc(b->p, 1 + 2 * info->size);

    if (decode_bytes(b->p, b->tree, "x", info->size, &x) != APR_SUCCESS ||
        decode_bytes(b->p, b->tree, "y", info->size, &y) != APR_SUCCESS) {
        return 0;
    }
    point[0] = UNCOMPRESSED;
    memcpy(point + 1, x.data, info->size);
    memcpy(point + 1 + info->size, y.data, info->size);
    return OSSL_PARAM_BLD_push_utf8_string(b->bld, OSSL_PKEY_PARAM_GROUP_NAME, info->curve, 0) &&
           OSSL_PARAM_BLD_push_octet_string(b->bld, OSSL_PKEY_PARAM_PUB_KEY, point,
                                            1 + 2 * info->size) &&
           (!has_private || push_number(b, "d", info->size, OSSL_PKEY_PARAM_PRIV_KEY));
}

static int push_ed(builder_t *b, const as_alg_info_t *info, int has_private)
{
    as_span_t x, d;

    if (decode_bytes(b->p, b->tree, "x", info->size, &x) != APR_SUCCESS ||
        !OSSL_PARAM_BLD_push_octet_string(b->bld, OSSL_PKEY_PARAM_PUB_KEY, x.data, x.len)) {
        return 0;
    }
    return !has_private ||
           (decode_bytes(b->p, b->tree, "d", info->size, &d) == APR_SUCCESS &&
            OSSL_PARAM_BLD_push_octet_string(b->bld, OSSL_PKEY_PARAM_PRIV_KEY, d.data, d.len));
}

/* Without default: the compiler reports a family that is missing. */
static int push_key(builder_t *b, const as_alg_info_t *info, int has_private)
{
    switch (info->family) {
    case AS_ALG_FAMILY_EC:
        return push_ec(b, info, has_private);
    case AS_ALG_FAMILY_ED:
        return push_ed(b, info, has_private);
    case AS_ALG_FAMILY_PKCS1:
    case AS_ALG_FAMILY_PSS:
        return push_rsa(b, has_private);
    case AS_ALG_FAMILY_HMAC: /* a secret, not a key of OpenSSL */
        break;
    }
    return 0;
}

static EVP_PKEY *build_pkey(apr_pool_t *p, apr_pool_t *scratch, const as_alg_info_t *info,
                            json_object *tree, int has_private)
{
    builder_t b = {.p = scratch, .tree = tree, .bld = OSSL_PARAM_BLD_new()};
    OSSL_PARAM *params = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    EVP_PKEY *pkey = NULL;

    ERR_set_mark();
    if (b.bld && push_key(&b, info, has_private)) {
        params = OSSL_PARAM_BLD_to_param(b.bld);
        ctx = EVP_PKEY_CTX_new_from_name(NULL, info->openssl_type, NULL);
    }
    if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &pkey, has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params) == 1) {
        as_key_record_free_with_pool(p, pkey);
    }
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b.bld);
    while (b.count > 0) {
        BN_clear_free(b.numbers[--b.count]);
    }
    ERR_pop_to_mark();
    return pkey;
}

static const char *check_purpose(const as_alg_info_t *info, json_object *tree, as_jwk_t *jwk)
{
    if (!as_json_get_string(tree, "kty") || !is_absent_or(tree, "kty", info->kty)) {
        return "the JWK's kty does not fit the algorithm";
    }
    if (info->curve && (!has_member(tree, "crv") || !is_absent_or(tree, "crv", info->curve))) {
        return "the JWK's crv does not fit the algorithm";
    }
    if (!is_absent_or(tree, "alg", info->name)) {
        return "the JWK's alg names another algorithm";
    }
    if (!is_absent_or(tree, "use", "sig")) {
        return "the JWK's use is not sig";
    }
    if (!read_key_ops(tree, &jwk->may_sign)) {
        return "the JWK's key_ops allow neither sign nor verify";
    }
    jwk->kid = as_json_get_string(tree, "kid");
    if (jwk->kid ? !*jwk->kid : has_member(tree, "kid")) {
        return "the JWK's kid is not a string";
    }
    return NULL;
}

apr_status_t as_jwk_parse(apr_pool_t *p, apr_pool_t *scratch, const as_alg_info_t *info,
                          as_span_t text, as_jwk_t *jwk, const char **error)
{
    json_object *tree;

    memset(jwk, 0, sizeof(*jwk));
    if (text.len > AS_KEY_MATERIAL_MAX ||
        as_json_parse_object(scratch, text.data, text.len, &tree) != APR_SUCCESS) {
        *error = "the JWK is not a JSON object";
        return APR_EINVAL;
    }
    *error = check_purpose(info, tree, jwk);
    if (*error) {
        return APR_EINVAL;
    }
    if (info->family == AS_ALG_FAMILY_HMAC) {
        jwk->has_private = 1;
        if (decode_bytes(scratch, tree, "k", 0, &jwk->secret) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
    } else {
        jwk->has_private = has_member(tree, "d");
        jwk->pkey = build_pkey(p, scratch, info, tree, jwk->has_private);
        if (jwk->pkey) {
            return APR_SUCCESS;
        }
    }
    *error = "the JWK's key values are missing, malformed or not a key";
    return APR_EINVAL;
}

/* A number of the key in base64url, of `size` bytes; 0: without leading zeros. */
static const char *encode_number(apr_pool_t *p, const EVP_PKEY *pkey, const char *param,
                                 apr_size_t size)
{
    BIGNUM *n = NULL;
    const char *text = NULL;

    if (EVP_PKEY_get_bn_param(pkey, param, &n) == 1) {
        int len = size ? (int)size : BN_num_bytes(n);
        unsigned char *bytes = apr_palloc(p, (apr_size_t)len + 1);

        if (BN_bn2binpad(n, bytes, len) == len) {
            text = as_base64url_encode(p, bytes, (apr_size_t)len);
        }
    }
    BN_free(n);
    return text;
}

static const char *format_ec(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey)
{
    const char *x = encode_number(p, pkey, OSSL_PKEY_PARAM_EC_PUB_X, info->size);
    const char *y = encode_number(p, pkey, OSSL_PKEY_PARAM_EC_PUB_Y, info->size);

    return x && y ? apr_psprintf(p, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
                                 info->curve, x, y)
                  : NULL;
}

static const char *format_ed(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey)
{
    unsigned char bytes[ED25519_BYTES];
    apr_size_t len = 0;

    if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes),
                                        &len) != 1 ||
        len != info->size) {
        return NULL;
    }
    return apr_psprintf(p, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"%s\"}", info->curve,
                        as_base64url_encode(p, bytes, len));
}

static const char *format_rsa(apr_pool_t *p, const EVP_PKEY *pkey)
{
    const char *e = encode_number(p, pkey, OSSL_PKEY_PARAM_RSA_E, 0);
    const char *n = encode_number(p, pkey, OSSL_PKEY_PARAM_RSA_N, 0);

    return e && n ? apr_psprintf(p, "{\"e\":\"%s\",\"kty\":\"RSA\",\"n\":\"%s\"}", e, n) : NULL;
}

/* Without default: the compiler reports a family that is missing. */
static const char *format_public(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey)
{
    switch (info->family) {
    case AS_ALG_FAMILY_EC:
        return format_ec(p, info, pkey);
    case AS_ALG_FAMILY_ED:
        return format_ed(p, info, pkey);
    case AS_ALG_FAMILY_PKCS1:
    case AS_ALG_FAMILY_PSS:
        return format_rsa(p, pkey);
    case AS_ALG_FAMILY_HMAC: /* has no public part */
        break;
    }
    return NULL;
}

apr_status_t as_jwk_format_public(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey,
                                  const char **json)
{
    ERR_set_mark();
    *json = format_public(p, info, pkey);
    ERR_pop_to_mark();
    return *json ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t as_jwk_thumbprint(apr_pool_t *p, const char *public_jwk, const char **thumbprint)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    apr_size_t len = 0;
    int ok;

    ERR_set_mark();
    ok = EVP_Q_digest(NULL, "SHA256", NULL, public_jwk, strlen(public_jwk), hash, &len);
    ERR_pop_to_mark();
    if (ok != 1) {
        return APR_EGENERAL;
    }
    *thumbprint = as_base64url_encode(p, hash, len);
    return APR_SUCCESS;
}
