/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in PEM: PKCS#8, PKCS#1, SEC 1 and SubjectPublicKeyInfo. */
#ifndef AS_JOSE_PEM_H
#define AS_JOSE_PEM_H

#include <apr_pools.h>
#include <openssl/evp.h>

#include "base/span.h"

/*
 * Parse the first private key of a PEM text, else its first public key. The key is freed with p.
 * APR_EINVAL with *error: no key; encrypted keys are not supported.
 */
apr_status_t as_pem_parse(apr_pool_t *p, as_span_t text, EVP_PKEY **pkey, int *has_private,
                          const char **error);

#endif
