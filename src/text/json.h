/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects as json-c trees: request bodies, JWKs, responses of providers. The scanner of
 * json_strict.h decides what is JSON; json-c, in its default mode, only builds the tree.
 */
#ifndef AS_TEXT_JSON_H
#define AS_TEXT_JSON_H

#include <apr_pools.h>
#include <json-c/json.h>

#include "base/span.h"

#define AS_JSON_DEPTH 8

/*
 * Parse a strict JSON *object* (as_json_strict_is_valid with AS_JSON_DEPTH). The tree is freed with
 * p. An integer outside int64 and uint64 becomes the nearest value; a real number outside the range
 * of a double becomes an infinity. APR_EINVAL: not strict, or not an object. APR_ENOMEM.
 */
apr_status_t as_json_parse_object(apr_pool_t *p, const char *data, apr_size_t len,
                                  json_object **object);

/* A new empty object, freed with p. */
json_object *as_json_new_object(apr_pool_t *p);

/* The string of a member (without U+0000), or NULL: absent, or not a string. */
const char *as_json_get_string(json_object *object, const char *name);

/* Add an array of the words of a text, such as "pwd sms", which any of the separators may divide.
 * text NULL: an empty array. */
void as_json_add_list(json_object *object, const char *name, const char *text,
                      const char *separators);

/* Serialize without white space. The text lives until the object is freed or serialized again. */
as_span_t as_json_serialize(json_object *object);

#endif
