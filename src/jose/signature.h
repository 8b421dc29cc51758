/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures over bytes with one key, in the raw form of JWS: ECDSA is R || S of fixed length (RFC
 * 7518 §3.4). No error stays in OpenSSL's queue. */
#ifndef AS_JOSE_SIGNATURE_H
#define AS_JOSE_SIGNATURE_H

#include "jose/key_record.h"

/* Prepare md, order and the templates of a key whose material is set. APR_EINVAL: OpenSSL rejects
 * the key. */
apr_status_t as_signature_prepare(apr_pool_t *p, as_key_t *key);

/* APR_EINVAL: the key has no private part, or OpenSSL failed. */
apr_status_t as_signature_sign(apr_pool_t *p, const as_key_t *key, const char *data, apr_size_t len,
                               as_span_t *signature);

/* 1: the signature is valid. 0: it is not, or it could not be verified. */
int as_signature_verify(const as_key_t *key, const char *data, apr_size_t len, as_span_t signature);

#endif
