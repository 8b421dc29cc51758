/* SPDX-License-Identifier: Apache-2.0 */
/* base64 with padding (RFC 4648 §4), strictly: what webhooks and their signatures are written in.
 */
#ifndef AS_BASE_BASE64_H
#define AS_BASE_BASE64_H

#include <apr_pools.h>

#include "base/span.h"

/* Decode into p (NUL-terminated, not counted). APR_EINVAL: a character outside the alphabet (white
 * space too), missing or needless padding, or unused bits that are not zero. */
apr_status_t as_base64_decode(apr_pool_t *p, const char *text, apr_size_t len, as_span_t *bytes);

/* Encode, NUL-terminated. */
const char *as_base64_encode(apr_pool_t *p, const void *bytes, apr_size_t len);

#endif
