/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/keyring.h"

#include <apr_strings.h>

#include <string.h>

#include "base/random.h"
#include "jose/key_record.h"
#include "text/json.h"

struct as_keyring_t {
    const apr_array_header_t *keys; /* const as_key_t * */
    const as_key_t *signer;         /* NULL: none */
    apr_uint64_t id;
};

static int spans_equal(as_span_t a, as_span_t b)
{
    return a.len == b.len && !memcmp(a.data, b.data, a.len);
}

static const as_key_t *key_at(const as_keyring_t *ring, int i)
{
    return APR_ARRAY_IDX(ring->keys, i, const as_key_t *);
}

apr_status_t as_keyring_create(apr_pool_t *p, const apr_array_header_t *keys,
                               const as_keyring_t **created)
{
    as_keyring_t *ring = apr_pcalloc(p, sizeof(*ring));
    int i;
    /* A random number, because a counter would be state that all threads share. */
    apr_status_t rv = as_random_bytes(&ring->id, sizeof(ring->id));

    if (rv != APR_SUCCESS) {
        return rv;
    }
    ring->keys = apr_array_copy(p, keys);
    for (i = 0; i < ring->keys->nelts && !ring->signer; i++) {
        if (key_at(ring, i)->can_sign) {
            ring->signer = key_at(ring, i);
        }
    }
    *created = ring;
    return APR_SUCCESS;
}

const as_key_t *as_keyring_signer(const as_keyring_t *ring)
{
    return ring->signer;
}

apr_uint64_t as_keyring_id(const as_keyring_t *ring)
{
    return ring->id;
}

const as_key_t *as_keyring_find_by_header(const as_keyring_t *ring, as_span_t header)
{
    int i;

    for (i = 0; i < ring->keys->nelts; i++) {
        if (spans_equal(key_at(ring, i)->header, header)) {
            return key_at(ring, i);
        }
    }
    return NULL;
}

int as_keyring_try_keys(const as_keyring_t *ring, as_alg_t alg, const as_span_t *kid,
                        int (*verify)(const as_key_t *key, void *baton), void *baton)
{
    int i;

    for (i = 0; i < ring->keys->nelts; i++) {
        const as_key_t *key = key_at(ring, i);
        int result;

        if (key->alg != alg || (kid && !(key->kid.data && spans_equal(key->kid, *kid)))) {
            continue;
        }
        result = verify(key, baton);
        if (result) {
            return result;
        }
    }
    return 0;
}

static apr_status_t add_public_key(apr_pool_t *p, json_object *keys, const as_key_t *key)
{
    json_object *jwk;
    apr_status_t rv = as_json_parse_object(p, key->public_jwk, strlen(key->public_jwk), &jwk);

    if (rv == APR_SUCCESS) {
        json_object_object_add(jwk, "use", json_object_new_string("sig"));
        json_object_object_add(jwk, "alg", json_object_new_string(key->info->name));
        json_object_object_add(jwk, "kid", json_object_new_string(key->kid.data));
        json_object_array_add(keys, json_object_get(jwk));
    }
    return rv;
}

apr_status_t as_keyring_format_jwks(apr_pool_t *p, const as_keyring_t *ring, const char **json)
{
    json_object *set = as_json_new_object(p);
    json_object *keys = json_object_new_array();
    as_span_t text;
    int i;

    json_object_object_add(set, "keys", keys);
    for (i = 0; i < ring->keys->nelts; i++) {
        const as_key_t *key = key_at(ring, i);
        apr_status_t rv = key->public_jwk ? add_public_key(p, keys, key) : APR_SUCCESS;

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    text = as_json_serialize(set);
    if (!text.data) {
        return APR_ENOMEM;
    }
    *json = apr_pstrmemdup(p, text.data, text.len);
    return APR_SUCCESS;
}
