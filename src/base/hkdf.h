/* SPDX-License-Identifier: Apache-2.0 */
/* Key derivation: HKDF-SHA-256 (RFC 5869). */
#ifndef AS_BASE_HKDF_H
#define AS_BASE_HKDF_H

#include <apr_pools.h>

#include "base/span.h"

/*
 * Derive 32 bytes from `key`, without a salt. `info` names the purpose: different purposes get
 * independent keys. The bytes are wiped with p. APR_EGENERAL: OpenSSL failed.
 */
apr_status_t as_hkdf_derive(apr_pool_t *p, as_span_t key, const char *info, as_span_t *derived);

#endif
