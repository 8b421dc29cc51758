/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/pem.h"

#include <apr_strmatch.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "jose/key_record.h"

static int refuse_password(char *buf, int size, int writing, void *baton)
{
    (void)buf, (void)size, (void)writing, (void)baton;
    return -1;
}

static int contains(apr_pool_t *p, as_span_t text, const char *word)
{
    return apr_strmatch(apr_strmatch_precompile(p, word, 1), text.data, text.len) != NULL;
}

typedef EVP_PKEY *(*pem_reader_t)(BIO *bio, EVP_PKEY **pkey, pem_password_cb *cb, void *baton);

static EVP_PKEY *parse_key(as_span_t text, pem_reader_t read)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    EVP_PKEY *pkey = bio ? read(bio, NULL, refuse_password, NULL) : NULL;

    BIO_free(bio);
    return pkey;
}

apr_status_t as_pem_parse(apr_pool_t *p, as_span_t text, EVP_PKEY **pkey, int *has_private,
                          const char **error)
{
    apr_status_t rv = APR_EINVAL;

    ERR_set_mark();
    if (text.len > AS_KEY_MATERIAL_MAX) {
        *error = "the key is too long";
        goto leave;
    }
    if (contains(p, text, "ENCRYPTED")) {
        *error = "the key is encrypted: store it without a password";
        goto leave;
    }
    *pkey = parse_key(text, PEM_read_bio_PrivateKey);
    *has_private = *pkey != NULL;
    if (!*pkey) {
        *pkey = parse_key(text, PEM_read_bio_PUBKEY);
    }
    if (!*pkey) {
        *error = "it has no PEM key or JWK that OpenSSL can read";
        goto leave;
    }
    as_key_record_free_with_pool(p, *pkey);
    rv = APR_SUCCESS;
leave:
    ERR_pop_to_mark();
    return rv;
}
