/* SPDX-License-Identifier: Apache-2.0 */
#include "http/token.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/base64url.h"
#include "core/json.h"
#include "core/jwt.h"

enum { NAME_MAX_BYTES = 64, VARIABLES_MAX = 64 };

static const char CLAIM[] = "AUTHSMS_CLAIM_";

/* ---- claims as variables ---- */

static int is_variable_name(const char *name)
{
    apr_size_t len = 0;

    while (len <= NAME_MAX_BYTES && (apr_isalnum(name[len]) || name[len] == '_')) {
        len++;
    }
    return !name[len] && len > 0 && len <= NAME_MAX_BYTES;
}

/* NULL: null or an object, which have no text. */
static const char *scalar_text(apr_pool_t *p, json_object *value)
{
    enum json_type type = json_object_get_type(value);
    int scalar = type == json_type_string || type == json_type_int || type == json_type_double ||
                 type == json_type_boolean;

    return scalar ? apr_pstrdup(p, json_object_get_string(value)) : NULL;
}

/* NULL: one of the members has no text. */
static const char *array_text(apr_pool_t *p, json_object *array)
{
    size_t count = json_object_array_length(array);
    apr_array_header_t *texts = apr_array_make(p, 4, sizeof(const char *));
    const char *text = "";

    for (size_t i = 0; text && i < count; i++) {
        text = scalar_text(p, json_object_array_get_idx(array, i));
        APR_ARRAY_PUSH(texts, const char *) = text;
    }
    return text ? apr_array_pstrcat(p, texts, ',') : NULL;
}

static void make_variables(apr_pool_t *p, as_token_t *token)
{
    token->variables = apr_palloc(p, VARIABLES_MAX * sizeof(*token->variables));
    token->variable_count = 0;
    json_object_object_foreach(token->claims.tree, name, value)
    {
        const char *text = NULL;

        if (is_variable_name(name) && token->variable_count < VARIABLES_MAX) {
            text = json_object_is_type(value, json_type_array) ? array_text(p, value)
                                                               : scalar_text(p, value);
        }
        if (text) {
            token->variables[token->variable_count++] =
                (as_variable_t){apr_pstrcat(p, CLAIM, name, NULL), text};
        }
    }
}

/* ---- the cache's form of a judged token: this, the offsets of the variables, the strings ---- */

typedef struct packed_t {
    apr_time_t issued;
    apr_time_t expires;
    apr_time_t not_before;
    apr_uint32_t id;  /* offsets from the start */
    apr_uint32_t sid; /* 0: none */
    apr_uint32_t count;
    apr_uint32_t strings[]; /* name, value, name, value … */
} packed_t;

static apr_uint32_t pack_string(char *start, apr_size_t *used, const char *text)
{
    apr_size_t len = text ? strlen(text) + 1 : 0;
    apr_uint32_t offset = text ? (apr_uint32_t)*used : 0;

    if (text) {
        memcpy(start + *used, text, len);
        *used += len;
    }
    return offset;
}

static apr_size_t packed_size(const as_token_t *t)
{
    apr_size_t size = sizeof(packed_t) + 2 * t->variable_count * sizeof(apr_uint32_t) +
                      strlen(t->claims.id) + 1 + (t->claims.sid ? strlen(t->claims.sid) + 1 : 0);

    for (apr_uint32_t i = 0; i < t->variable_count; i++) {
        size += strlen(t->variables[i].name) + 1 + strlen(t->variables[i].value) + 1;
    }
    return size;
}

static as_span_t pack(apr_pool_t *p, const as_token_t *t)
{
    packed_t *packed = apr_palloc(p, packed_size(t));
    apr_size_t used = sizeof(*packed) + 2 * t->variable_count * sizeof(apr_uint32_t);
    char *start = (char *)packed;

    packed->issued = t->claims.issued;
    packed->expires = t->claims.expires;
    packed->not_before = t->claims.not_before;
    packed->count = t->variable_count;
    packed->id = pack_string(start, &used, t->claims.id);
    packed->sid = pack_string(start, &used, t->claims.sid);
    for (apr_uint32_t i = 0; i < t->variable_count; i++) {
        packed->strings[2 * i] = pack_string(start, &used, t->variables[i].name);
        packed->strings[2 * i + 1] = pack_string(start, &used, t->variables[i].value);
    }
    return (as_span_t){start, used};
}

static void unpack(apr_pool_t *p, as_span_t value, as_token_t *t)
{
    const char *start = value.data;
    const packed_t *packed = (const void *)start;

    t->claims = (as_claims_t){
        .id = start + packed->id,
        .sid = packed->sid ? start + packed->sid : NULL,
        .issued = packed->issued,
        .expires = packed->expires,
        .not_before = packed->not_before,
    };
    t->variable_count = packed->count;
    t->variables = apr_palloc(p, packed->count * sizeof(*t->variables));
    for (apr_uint32_t i = 0; i < packed->count; i++) {
        t->variables[i].name = start + packed->strings[2 * i];
        t->variables[i].value = start + packed->strings[2 * i + 1];
    }
}

/* ---- judging ---- */

static as_error_t verify(apr_pool_t *p, const as_srv_t *sc, as_token_t *t, const char **why)
{
    as_jwt_t jwt;
    as_error_t error = AS_E_INVALID_TOKEN;

    if (as_jwt_verify(p, sc->keyring, t->text.data, t->text.len, &jwt, why) == APR_SUCCESS) {
        error = as_claims_read(p, &sc->claims, jwt.claims, &t->claims, why);
    }
    if (error == AS_OK) {
        make_variables(p, t);
    }
    return error;
}

as_error_t as_token_judge(apr_pool_t *p, const as_srv_t *sc, as_cache_t *known, as_span_t text,
                          apr_time_t now, as_token_t *token, const char **why)
{
    /* The keyring is this host's alone, and so are its issuer, audience and required claims. */
    apr_uint64_t space = as_keyring_id(sc->keyring);
    as_span_t value;
    int found = known && as_cache_get(known, p, space, text, &value) == APR_SUCCESS;
    as_error_t error = AS_OK;

    token->text = text;
    if (found) {
        unpack(p, value, token);
    } else {
        error = verify(p, sc, token, why);
    }
    if (error == AS_OK) {
        error = as_claims_clock(&sc->claims, &token->claims, now, why);
    }
    if (error == AS_OK && known && !found) {
        as_cache_put(known, space, text, pack(p, token));
    }
    return error;
}

json_object *as_token_claims(apr_pool_t *p, const as_token_t *token)
{
    json_object *tree = token->claims.tree;

    if (!tree) {
        const char *payload = (const char *)memchr(token->text.data, '.', token->text.len) + 1;
        const char *end =
            memchr(payload, '.', token->text.len - (apr_size_t)(payload - token->text.data));
        as_span_t json;

        if (as_base64url_decode(p, payload, (apr_size_t)(end - payload), &json) == APR_SUCCESS) {
            as_json_object(p, json.data, json.len, &tree);
        }
    }
    return tree;
}
