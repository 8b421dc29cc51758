/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded cache of bytes in one process, for many threads: what is found is copied out, so nobody
 * holds anything of it. Old entries give way to new ones; nothing is promised to stay.
 */
#ifndef AS_BASE_CACHE_H
#define AS_BASE_CACHE_H

#include <apr_pools.h>

#include "base/span.h"

typedef struct as_cache_t as_cache_t;

/* A cache of at most `entries` entries (rounded up to a power of two, at least 64) of at most
 * `bytes` bytes each, key and value together; larger ones are not kept. It lives as long as p. */
apr_status_t as_cache_create(apr_pool_t *p, apr_size_t entries, apr_size_t bytes,
                             as_cache_t **cache);

/* Keys are found by their last 32 bytes (a token's end is its signature) and compared whole. */

/* Find the value kept under this key in this space (a number that keeps apart what must not meet),
 * copied into p, aligned for anything. APR_ENOENT: there is none. */
apr_status_t as_cache_get(as_cache_t *cache, apr_pool_t *p, apr_uint64_t space, as_span_t key,
                          as_span_t *value);

/* Keep a value, in the place of an older one of that key. */
void as_cache_put(as_cache_t *cache, apr_uint64_t space, as_span_t key, as_span_t value);

#endif
