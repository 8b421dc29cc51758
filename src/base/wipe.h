/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets in memory: overwritten when their pool is cleared. */
#ifndef AS_BASE_WIPE_H
#define AS_BASE_WIPE_H

#include <apr_pools.h>

#include "base/span.h"

/* Overwrite these bytes, which live in p, when p is cleared. */
void as_wipe_with_pool(apr_pool_t *p, as_span_t secret);

/* A NUL-terminated copy in p (the NUL is not counted), overwritten when p is cleared. */
as_span_t as_wipe_copy(apr_pool_t *p, const void *bytes, apr_size_t len);

#endif
