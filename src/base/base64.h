/* SPDX-License-Identifier: Apache-2.0 */
/* Strict base64 with padding (RFC 4648 §4), as webhooks and their signatures use it. */
#ifndef AS_BASE_BASE64_H
#define AS_BASE_BASE64_H

#include <apr_pools.h>

#include "base/span.h"

/* Decode into p (NUL-terminated, not counted). APR_EINVAL: a character outside the alphabet (also
 * white space), missing or superfluous padding, or non-zero unused bits. */
apr_status_t as_base64_decode(apr_pool_t *p, const char *text, apr_size_t len, as_span_t *bytes);

/* Encode, NUL-terminated. */
const char *as_base64_encode(apr_pool_t *p, const void *bytes, apr_size_t len);

#endif
