/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from their material: raw bytes, PEM or JWK. */
#include "jose/key.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <string.h>

#include "base/base64url.h"
#include "base/hkdf.h"
#include "base/utf8.h"
#include "base/wipe.h"
#include "jose/jwk.h"
#include "jose/key_record.h"
#include "jose/pem.h"
#include "jose/signature.h"
#include "text/json.h"

enum { KID_MAX = 256, GROUP_NAME_MAX = 64 }; /* bytes */

static int starts_with(as_span_t text, const char *head)
{
    apr_size_t len = strlen(head);

    return text.len >= len && !memcmp(text.data, head, len);
}

static as_span_t skip_blanks(as_span_t text)
{
    while (text.len && strchr(" \t\r\n", *text.data)) {
        text.data++;
        text.len--;
    }
    return text;
}

/* Copy the secret into the key; the copy is wiped with the pool. */
static void copy_secret(apr_pool_t *p, as_key_t *key, as_span_t secret)
{
    key->secret.data = apr_pmemdup(p, secret.data, secret.len);
    key->secret.len = secret.len;
    as_wipe_with_pool(p, key->secret);
}

static apr_status_t read_secret(apr_pool_t *p, as_key_t *key, as_span_t material,
                                const char **error)
{
    if (material.len < 1 || material.len > AS_KEY_MATERIAL_MAX) {
        *error = "the secret is empty or too long";
        return APR_EINVAL;
    }
    /* A public key is not a secret: as an HMAC key, it would let everybody sign (RFC 8725 §2.1). */
    if (starts_with(skip_blanks(material), "-----BEGIN")) {
        *error = "a PEM key cannot be the secret of an HMAC algorithm";
        return APR_EINVAL;
    }
    copy_secret(p, key, material);
    key->has_private = 1;
    key->can_sign = 1;
    return APR_SUCCESS;
}

static apr_status_t read_jwk(apr_pool_t *p, apr_pool_t *scratch, as_key_t *key, as_span_t material,
                             const char **kid, const char **error)
{
    as_jwk_t jwk;
    apr_status_t rv = as_jwk_parse(p, scratch, key->info, material, &jwk, error);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!jwk.pkey) {
        copy_secret(p, key, jwk.secret);
    }
    key->pkey = jwk.pkey;
    key->has_private = jwk.has_private;
    key->can_sign = jwk.has_private && jwk.may_sign;
    if (!*kid) {
        *kid = jwk.kid;
    }
    return APR_SUCCESS;
}

/* RFC 7518 requires named curves: explicit parameters are rejected. */
static int is_on_curve(const as_alg_info_t *info, const char *group, const EVP_PKEY *pkey)
{
    int nid = OBJ_sn2nid(group), explicit_params = 0;

    if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &explicit_params) == 1 &&
        explicit_params) {
        return 0;
    }
    return (nid == NID_undef ? EC_curve_nist2nid(group) : nid) == EC_curve_nist2nid(info->curve);
}

/* Check type and curve of the key, which PEM does not tie to an algorithm. NULL, or a sentence. */
static const char *check_type(apr_pool_t *p, const as_alg_info_t *info, const EVP_PKEY *pkey)
{
    char group[GROUP_NAME_MAX] = "unnamed";

    if (EVP_PKEY_is_a(pkey, "RSA-PSS") && strcmp(info->openssl_type, "RSA") == 0) {
        return apr_psprintf(p,
                            "the key is bound to PSS parameters (type RSA-PSS): %s needs an RSA "
                            "key (openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048)",
                            info->name);
    }
    if (!EVP_PKEY_is_a(pkey, info->openssl_type)) {
        return apr_psprintf(p, "the key's type is %s, which does not fit: %s needs %s",
                            EVP_PKEY_get0_type_name(pkey), info->name, info->openssl_type);
    }
    if (info->family != AS_ALG_FAMILY_EC) {
        return NULL;
    }
    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
                                       NULL) != 1 ||
        !is_on_curve(info, group, pkey)) {
        return apr_psprintf(p, "the key's curve is %s, which does not fit: %s needs %s, by name",
                            group, info->name, info->curve);
    }
    return NULL;
}

static apr_status_t read_pem(apr_pool_t *p, as_key_t *key, as_span_t material, const char **error)
{
    apr_status_t rv = as_pem_parse(p, material, &key->pkey, &key->has_private, error);

    key->can_sign = key->has_private;
    return rv;
}

static apr_status_t read_material(apr_pool_t *p, apr_pool_t *scratch, as_key_t *key,
                                  as_span_t material, const char **kid, const char **error)
{
    const char *type_error;
    apr_status_t rv;

    /* A random secret may begin with "{", but is hardly ever valid UTF-8 to its end. */
    if (key->info->family == AS_ALG_FAMILY_HMAC &&
        !(starts_with(material, "{") && as_utf8_is_valid(material.data, material.len))) {
        return read_secret(p, key, material, error);
    }
    if (starts_with(skip_blanks(material), "{")) {
        rv = read_jwk(p, scratch, key, material, kid, error);
    } else {
        rv = read_pem(p, key, material, error);
    }
    if (rv != APR_SUCCESS || !key->pkey) {
        return rv;
    }
    ERR_set_mark();
    type_error = check_type(p, key->info, key->pkey);
    ERR_pop_to_mark();
    if (type_error) {
        *error = type_error;
        return APR_EINVAL;
    }
    return as_jwk_format_public(p, key->info, key->pkey, &key->public_jwk);
}

/* Does the private part belong to the public part? One signs, and the other verifies. */
static int parts_match(apr_pool_t *p, const as_key_t *key)
{
    static const char text[] = "mod_authsms";
    as_span_t signature;

    return as_signature_sign(p, key, text, sizeof(text), &signature) == APR_SUCCESS &&
           as_signature_verify(key, text, sizeof(text), signature);
}

static apr_status_t set_kid(apr_pool_t *p, as_key_t *key, const char *kid, const char **error)
{
    if (!kid && key->public_jwk) {
        apr_status_t rv = as_jwk_thumbprint(p, key->public_jwk, &kid);

        if (rv != APR_SUCCESS) {
            *error = "OpenSSL failed";
            return rv;
        }
    }
    if (!kid) {
        return APR_SUCCESS;
    }
    key->kid.data = apr_pstrdup(p, kid);
    key->kid.len = strlen(kid);
    if (as_utf8_has_control(kid) || key->kid.len < 1 || key->kid.len > KID_MAX ||
        !as_utf8_is_valid(key->kid.data, key->kid.len)) {
        *error = "the kid must be 1 to 256 bytes of UTF-8 without control characters";
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static apr_status_t create_header(apr_pool_t *p, apr_pool_t *scratch, as_key_t *key,
                                  const char **error)
{
    json_object *header = as_json_new_object(scratch);
    as_span_t text;

    json_object_object_add(header, "typ", json_object_new_string("JWT"));
    json_object_object_add(header, "alg", json_object_new_string(key->info->name));
    if (key->kid.data) {
        json_object_object_add(header, "kid", json_object_new_string(key->kid.data));
    }
    text = as_json_serialize(header);
    if (!text.data) {
        *error = "out of memory";
        return APR_ENOMEM;
    }
    key->header.data = as_base64url_encode(p, text.data, text.len);
    key->header.len = strlen(key->header.data);
    return APR_SUCCESS;
}

/* Scratch holds temporary data, including the JWK with its private members. */
static apr_status_t create_key(apr_pool_t *p, apr_pool_t *scratch, as_key_t *key,
                               as_span_t material, const char *kid, const char **error)
{
    apr_status_t rv = read_material(p, scratch, key, material, &kid, error);

    if (rv == APR_SUCCESS) {
        rv = as_signature_prepare(p, key);
        if (rv != APR_SUCCESS) {
            *error = "OpenSSL rejects the key for this algorithm";
        }
    }
    if (rv == APR_SUCCESS && key->has_private && !parts_match(scratch, key)) {
        *error = "the private part of the key does not fit its public part or the algorithm";
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        rv = set_kid(p, key, kid, error);
    }
    return rv == APR_SUCCESS ? create_header(p, scratch, key, error) : rv;
}

apr_status_t as_key_create(apr_pool_t *p, as_alg_t alg, as_span_t material, const char *kid,
                           int flags, const as_key_t **created, const char **error)
{
    as_key_t *key = apr_pcalloc(p, sizeof(*key));
    apr_pool_t *scratch;
    apr_status_t rv;

    *error = "the key cannot be used";
    key->alg = alg;
    key->info = as_alg_info(alg);
    rv = apr_pool_create(&scratch, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = create_key(p, scratch, key, material, kid, error);
    apr_pool_destroy(scratch);
    if (rv == APR_SUCCESS) {
        key->can_sign = key->can_sign && !(flags & AS_KEY_VERIFY_ONLY);
        *created = key;
        *error = NULL;
    }
    return rv;
}

as_alg_t as_key_alg(const as_key_t *key)
{
    return key->alg;
}

const char *as_key_kid(const as_key_t *key)
{
    return key->kid.data;
}

int as_key_can_sign(const as_key_t *key)
{
    return key->can_sign;
}

/* Copy a number of the key, of `bytes` bytes; 0: without leading zeros. */
static int copy_number(const EVP_PKEY *pkey, const char *param, apr_size_t bytes,
                       unsigned char *buf, apr_size_t size, apr_size_t *len)
{
    BIGNUM *number = NULL;
    int written;

    if (EVP_PKEY_get_bn_param(pkey, param, &number) != 1) {
        return 0;
    }
    *len = bytes ? bytes : (apr_size_t)BN_num_bytes(number);
    written = *len <= size ? BN_bn2binpad(number, buf, (int)*len) : -1;
    BN_clear_free(number);
    return written >= 0;
}

/* The private number (RSA, EC) or seed (EdDSA). 0: it does not fit into buf, or OpenSSL failed.
 * Without default: the compiler reports a family that is missing. */
static int copy_private_part(const as_key_t *key, unsigned char *buf, apr_size_t size,
                             apr_size_t *len)
{
    switch (key->info->family) {
    case AS_ALG_FAMILY_ED:
        return EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, buf, size,
                                               len) == 1;
    case AS_ALG_FAMILY_EC:
        return copy_number(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, key->info->size, buf, size, len);
    case AS_ALG_FAMILY_PKCS1:
    case AS_ALG_FAMILY_PSS:
        return copy_number(key->pkey, OSSL_PKEY_PARAM_RSA_D, 0, buf, size, len);
    case AS_ALG_FAMILY_HMAC: /* the secret itself: see as_key_derive */
        break;
    }
    return 0;
}

apr_status_t as_key_derive(apr_pool_t *p, const as_key_t *key, const char *info, as_span_t *out)
{
    enum { PRIVATE_MAX = 4096 };
    unsigned char buf[PRIVATE_MAX];
    as_span_t ikm = {(const char *)buf, 0};
    apr_status_t rv = APR_EINVAL;
    int ok;

    if (!key->pkey) {
        return as_hkdf_derive(p, key->secret, info, out);
    }
    if (key->has_private) {
        ERR_set_mark();
        ok = copy_private_part(key, buf, sizeof(buf), &ikm.len);
        ERR_pop_to_mark();
        if (ok) {
            rv = as_hkdf_derive(p, ikm, info, out);
        }
        OPENSSL_cleanse(buf, sizeof(buf));
    }
    return rv;
}
