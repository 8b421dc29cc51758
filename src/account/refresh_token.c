/* SPDX-License-Identifier: Apache-2.0 */
#include "account/refresh_token.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#include "base/base64url.h"
#include "base/mac.h"
#include "base/random.h"
#include "base/uuid.h"

enum {
    SECRET_BYTES = 32,
    SIGNED_BYTES = AS_UUID_BYTES + SECRET_BYTES,
    TAG_BYTES = 16,
    TOKEN_BYTES = SIGNED_BYTES + TAG_BYTES,
    TEXT_LEN = (TOKEN_BYTES * 4 + 2) / 3, /* base64url without padding */
};

/* They keep the two HMACs apart from each other and from all others under AuthSMSSecret. */
static const char TAG[] = "refresh token tag ", SUCCESSOR[] = "refresh token successor ";

static apr_status_t compute_mac(apr_pool_t *p, as_span_t secret, const char *label, as_span_t bytes,
                                as_span_t *mac)
{
    const as_span_t parts[] = {{label, strlen(label)}, bytes};

    return as_mac_compute(p, AS_MAC_SHA256, secret, parts, 2, mac);
}

static apr_status_t compute_tag(apr_pool_t *p, as_span_t secret, as_span_t bytes, as_span_t *tag)
{
    apr_status_t rv = compute_mac(p, secret, TAG, bytes, tag);

    tag->len = TAG_BYTES;
    return rv;
}

/* Fill the token from `bytes`, all but its text. */
static apr_status_t read_bytes(apr_pool_t *p, as_span_t bytes, as_refresh_token_t *token)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    size_t len;

    if (EVP_Q_digest(NULL, "SHA256", NULL, bytes.data, bytes.len, hash, &len) != 1) {
        ERR_clear_error();
        return APR_EGENERAL;
    }
    token->bytes = bytes;
    token->sid = as_uuid_format(p, (const unsigned char *)bytes.data);
    token->hash = as_base64url_encode(p, hash, len);
    return APR_SUCCESS;
}

/* bytes: SIGNED_BYTES, with room for the tag. */
static apr_status_t make_token(apr_pool_t *p, as_span_t secret, unsigned char *bytes,
                               as_refresh_token_t *token)
{
    const as_span_t content = {(const char *)bytes, SIGNED_BYTES};
    as_span_t tag;
    apr_status_t rv = compute_tag(p, secret, content, &tag);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    memcpy(bytes + SIGNED_BYTES, tag.data, TAG_BYTES);
    token->text = as_base64url_encode(p, bytes, TOKEN_BYTES);
    return read_bytes(p, content, token);
}

apr_status_t as_refresh_token_generate(apr_pool_t *p, as_span_t secret, const char *sid,
                                       as_refresh_token_t *token)
{
    unsigned char *bytes = apr_palloc(p, TOKEN_BYTES);
    apr_status_t rv = as_random_bytes(bytes + AS_UUID_BYTES, SECRET_BYTES);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    as_uuid_parse(sid, bytes);
    return make_token(p, secret, bytes, token);
}

apr_status_t as_refresh_token_derive(apr_pool_t *p, as_span_t secret,
                                     const as_refresh_token_t *spent, as_refresh_token_t *successor)
{
    unsigned char *bytes = apr_palloc(p, TOKEN_BYTES);
    as_span_t next;
    apr_status_t rv = compute_mac(p, secret, SUCCESSOR, spent->bytes, &next);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    memcpy(bytes, spent->bytes.data, AS_UUID_BYTES);
    memcpy(bytes + AS_UUID_BYTES, next.data, SECRET_BYTES);
    return make_token(p, secret, bytes, successor);
}

static int has_valid_tag(apr_pool_t *p, const apr_array_header_t *secrets, as_span_t token)
{
    const as_span_t content = {token.data, SIGNED_BYTES};
    const as_span_t presented = {token.data + SIGNED_BYTES, TAG_BYTES};
    as_span_t tag;

    for (int i = 0; i < secrets->nelts; i++) {
        if (compute_tag(p, APR_ARRAY_IDX(secrets, i, as_span_t), content, &tag) == APR_SUCCESS &&
            as_mac_equal(tag, presented)) {
            return 1;
        }
    }
    return 0;
}

apr_status_t as_refresh_token_parse(apr_pool_t *p, const apr_array_header_t *secrets,
                                    const char *text, as_refresh_token_t *token)
{
    as_span_t bytes;

    if (strlen(text) != TEXT_LEN || as_base64url_decode(p, text, TEXT_LEN, &bytes) != APR_SUCCESS ||
        !has_valid_tag(p, secrets, bytes)) {
        return APR_EINVAL;
    }
    token->text = text;
    return read_bytes(p, (as_span_t){bytes.data, SIGNED_BYTES}, token);
}
