/* SPDX-License-Identifier: Apache-2.0 */
/* HMACs as providers sign with, and the comparison that takes the same time wherever two differ. */
#ifndef AS_BASE_MAC_H
#define AS_BASE_MAC_H

#include <apr_pools.h>

#include "base/span.h"

typedef enum as_mac_alg_t {
    AS_MAC_SHA1,
    AS_MAC_SHA256,
    AS_MAC_SHA512,
} as_mac_alg_t;

/* HMAC (RFC 2104) of the parts one after another. APR_EGENERAL: OpenSSL refuses. */
apr_status_t as_mac_compute(apr_pool_t *p, as_mac_alg_t alg, as_span_t key, const as_span_t *parts,
                            int count, as_span_t *mac);

/* Are these the same bytes? Their lengths are no secret. */
int as_mac_equal(as_span_t a, as_span_t b);

/* Are these the bytes that the hex digits (of either case) stand for? */
int as_mac_equal_hex(apr_pool_t *p, as_span_t bytes, const char *hex);

#endif
