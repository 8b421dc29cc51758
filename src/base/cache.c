/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cache.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { WAYS = 4, SHARDS = 16, ENTRIES_MIN = SHARDS * WAYS };

typedef struct entry_t {
    apr_uint64_t hash;
    apr_uint64_t space;
    apr_size_t key_len;
    apr_size_t value_len;
    char bytes[]; /* the value first, so that it is aligned; then the key */
} entry_t;

/* An entry can be in one set only. Each set has WAYS entries, the most recently used first. */
struct as_cache_t {
    entry_t **entries;
    apr_size_t sets; /* a power of two */
    apr_size_t bytes;
    apr_uint64_t seed[2];
    apr_thread_mutex_t *locks[SHARDS];
};

static apr_uint64_t mix(apr_uint64_t a, apr_uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (apr_uint64_t)product ^ (apr_uint64_t)(product >> 64);
}

static apr_uint64_t read_word(const char *data)
{
    apr_uint64_t w;

    memcpy(&w, data, sizeof(w));
    return w;
}

/* Keyed by a random seed, so that clients cannot choose keys that collide. */
static apr_uint64_t hash_key(const as_cache_t *cache, apr_uint64_t space, as_span_t key)
{
    enum { WORD = sizeof(apr_uint64_t), HASHED = 4 * WORD };
    char short_key[HASHED] = {0};
    const char *end = short_key;
    apr_uint64_t hash = cache->seed[0] ^ mix(space ^ cache->seed[1], key.len + 1);

    if (key.len >= HASHED) {
        end = key.data + key.len - HASHED;
    } else {
        memcpy(short_key, key.data, key.len);
    }
    hash = mix(read_word(end) ^ cache->seed[1], read_word(end + WORD) ^ hash);
    hash = mix(read_word(end + 2 * WORD) ^ cache->seed[1], read_word(end + 3 * WORD) ^ hash);
    return mix(hash, cache->seed[1]);
}

static int entry_matches(const entry_t *e, apr_uint64_t hash, apr_uint64_t space, as_span_t key)
{
    return e && e->hash == hash && e->space == space && e->key_len == key.len &&
           memcmp(e->bytes + e->value_len, key.data, key.len) == 0;
}

static apr_size_t set_index(const as_cache_t *cache, apr_uint64_t hash)
{
    return (apr_size_t)hash & (cache->sets - 1);
}

static void move_to_front(entry_t **set, int i)
{
    entry_t *e = set[i];

    memmove(set + 1, set, (apr_size_t)i * sizeof(set[0]));
    set[0] = e;
}

static apr_status_t free_entries(void *data)
{
    as_cache_t *cache = data;

    for (apr_size_t i = 0; i < cache->sets * WAYS; i++) {
        free(cache->entries[i]);
        cache->entries[i] = NULL;
    }
    return APR_SUCCESS;
}

apr_status_t as_cache_create(apr_pool_t *p, apr_size_t entries, apr_size_t bytes,
                             as_cache_t **cache)
{
    as_cache_t *c = apr_pcalloc(p, sizeof(*c));
    apr_status_t rv = as_random_bytes(c->seed, sizeof(c->seed));

    c->seed[1] |= 1;
    c->bytes = bytes;
    for (c->sets = ENTRIES_MIN / WAYS; c->sets * WAYS < entries; c->sets *= 2) {
    }
    c->entries = apr_pcalloc(p, c->sets * WAYS * sizeof(c->entries[0]));
    for (int i = 0; rv == APR_SUCCESS && i < SHARDS; i++) {
        rv = apr_thread_mutex_create(&c->locks[i], APR_THREAD_MUTEX_DEFAULT, p);
    }
    apr_pool_cleanup_register(p, c, free_entries, apr_pool_cleanup_null);
    *cache = c;
    return rv;
}

apr_status_t as_cache_get(as_cache_t *cache, apr_pool_t *p, apr_uint64_t space, as_span_t key,
                          as_span_t *value)
{
    apr_uint64_t hash = hash_key(cache, space, key);
    apr_size_t index = set_index(cache, hash);
    entry_t **set = cache->entries + index * WAYS;
    apr_status_t rv = APR_ENOENT;

    apr_thread_mutex_lock(cache->locks[index % SHARDS]);
    for (int i = 0; rv == APR_ENOENT && i < WAYS; i++) {
        if (entry_matches(set[i], hash, space, key)) {
            value->len = set[i]->value_len;
            value->data = apr_pmemdup(p, set[i]->bytes, value->len);
            if (i) {
                move_to_front(set, i);
            }
            rv = APR_SUCCESS;
        }
    }
    apr_thread_mutex_unlock(cache->locks[index % SHARDS]);
    return rv;
}

void as_cache_put(as_cache_t *cache, apr_uint64_t space, as_span_t key, as_span_t value)
{
    apr_uint64_t hash = hash_key(cache, space, key);
    apr_size_t index = set_index(cache, hash);
    entry_t **set = cache->entries + index * WAYS;
    entry_t *e =
        key.len + value.len <= cache->bytes ? malloc(sizeof(*e) + value.len + key.len) : NULL;
    int i = 0;

    if (!e) {
        return;
    }
    *e = (entry_t){hash, space, key.len, value.len};
    memcpy(e->bytes, value.data, value.len);
    memcpy(e->bytes + value.len, key.data, key.len);

    apr_thread_mutex_lock(cache->locks[index % SHARDS]);
    while (i < WAYS - 1 && !entry_matches(set[i], hash, space, key)) {
        i++;
    }
    free(set[i]);
    set[i] = e;
    move_to_front(set, i);
    apr_thread_mutex_unlock(cache->locks[index % SHARDS]);
}
