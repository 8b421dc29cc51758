/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded, thread-safe cache of byte strings in one process. Values are copied out. The least
 * recently used entries are evicted, so any entry may disappear at any time.
 */
#ifndef AS_BASE_CACHE_H
#define AS_BASE_CACHE_H

#include <apr_pools.h>

#include "base/span.h"

typedef struct as_cache_t as_cache_t;

/* A cache of at most `entries` entries (rounded up to a power of two, at least 64). Key and value
 * of an entry have at most `bytes` bytes together; larger ones are not stored. It lives as long as
 * p. Errors: of apr_thread_mutex_create; APR_EGENERAL: the random generator failed. */
apr_status_t as_cache_create(apr_pool_t *p, apr_size_t entries, apr_size_t bytes,
                             as_cache_t **cache);

/*
 * Copy the value of this key into p, aligned for any type. `space` separates keys of different
 * kinds. APR_ENOENT: not cached. The hash covers the last 32 bytes of a key (of a token: its
 * signature); the comparison covers all.
 */
apr_status_t as_cache_get(as_cache_t *cache, apr_pool_t *p, apr_uint64_t space, as_span_t key,
                          as_span_t *value);

/* Store a value, or replace the value of this key. */
void as_cache_put(as_cache_t *cache, apr_uint64_t space, as_span_t key, as_span_t value);

#endif
