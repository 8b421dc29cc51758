/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON. json-c accepts texts that RFC 8259 forbids, and its strict mode differs between
 * releases. A one-pass scanner of our own therefore runs first and alone decides. json-c builds a
 * tree from every text that the scanner accepts, in its default mode. Bodies, token headers and
 * payloads, JWK and provider answers all come through here.
 */
#ifndef AS_TEXT_JSON_H
#define AS_TEXT_JSON_H

#include <apr_pools.h>
#include <json-c/json.h>

#include "base/span.h"

#define AS_JSON_DEPTH 8

/*
 * Parse a strict JSON *object* (as_json_strict_is_valid with AS_JSON_DEPTH). The tree is put with
 * p. An integer outside json-c's range (int64 and uint64) becomes the nearest one in it; a real
 * number outside a double's becomes an infinity. APR_EINVAL: not strict, or not an object;
 * APR_ENOMEM: json-c had none.
 */
apr_status_t as_json_parse_object(apr_pool_t *p, const char *data, apr_size_t len,
                                  json_object **object);

/* A new empty object that is put with p. */
json_object *as_json_new_object(apr_pool_t *p);

/* The member's string (no U+0000 inside), or NULL where it is absent or no string. */
const char *as_json_get_string(json_object *object, const char *name);

/* Serialise, plain; lives as long as the object or its next serialisation. */
as_span_t as_json_serialize(json_object *object);

#endif
