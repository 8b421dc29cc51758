/* SPDX-License-Identifier: Apache-2.0 */
/* Strict base64url without padding (RFC 4648 §5, RFC 7515 §2). */
#ifndef AS_BASE_BASE64URL_H
#define AS_BASE_BASE64URL_H

#include <apr_pools.h>

#include "base/span.h"

/*
 * Decode into p (NUL-terminated, not counted). APR_EINVAL: a character outside the alphabet
 * (also padding and white space), a length of 4n+1, or non-zero unused bits.
 */
apr_status_t as_base64url_decode(apr_pool_t *p, const char *text, apr_size_t len, as_span_t *bytes);

/* Encode, NUL-terminated. */
const char *as_base64url_encode(apr_pool_t *p, const void *bytes, apr_size_t len);

#endif
