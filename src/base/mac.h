/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC (RFC 2104), and comparison in constant time. */
#ifndef AS_BASE_MAC_H
#define AS_BASE_MAC_H

#include <apr_pools.h>

#include "base/span.h"

typedef enum as_mac_alg_t {
    AS_MAC_SHA1, /* some providers sign their callbacks with it */
    AS_MAC_SHA256,
    AS_MAC_SHA512,
} as_mac_alg_t;

/* The HMAC of `count` parts, concatenated. APR_EGENERAL: OpenSSL failed. */
apr_status_t as_mac_compute(apr_pool_t *p, as_mac_alg_t alg, as_span_t key, const as_span_t *parts,
                            int count, as_span_t *mac);

/* HMAC-SHA-256 of a text, in base64url without padding: 43 characters. APR_EGENERAL: OpenSSL
 * failed. */
apr_status_t as_mac_sha256_base64url(apr_pool_t *p, as_span_t key, const char *text,
                                     const char **mac);

/* Are the bytes equal? Constant time for equal lengths; the lengths are not secret. */
int as_mac_equal(as_span_t a, as_span_t b);

/* Do the hex digits (of either case) encode these bytes? Constant time, as as_mac_equal. */
int as_mac_equal_hex(apr_pool_t *p, as_span_t bytes, const char *hex);

#endif
