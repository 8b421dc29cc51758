/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/token.h"

#include <apr_strings.h>

#include <string.h>

#include "base/base64url.h"
#include "jose/jwt.h"

enum { NAME_MAX_BYTES = 64, VARIABLES_MAX = 64, ALIGNED = 8 };

static const char SID[] = AS_TOKEN_SID, CLAIM[] = AS_TOKEN_CLAIM;

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- a judged token in one piece, as the cache keeps it: this, then the strings ---- */

typedef struct packed_t {
    apr_time_t issued;
    apr_time_t expires;
    apr_time_t not_before;
    apr_uint32_t id;       /* offsets from the start */
    apr_uint32_t sid;      /* 0: none */
    apr_uint32_t standing; /* 0: none; else it is the last of all */
    apr_uint32_t count;
    as_token_variable_t variables[];
} packed_t;

static int is_variable(const as_json_view_member_t *member)
{
    apr_size_t i = 0;

    if (member->name_len < 1 || member->name_len > NAME_MAX_BYTES) {
        return 0;
    }
    while (i < member->name_len && (is_letter(member->name[i]) || is_digit(member->name[i]))) {
        i++;
    }
    return i == member->name_len;
}

/* Enough for all that pack writes: no text is longer than it stands in JSON. */
static apr_size_t packed_size(const as_json_view_t *view, const as_claims_t *claims)
{
    apr_size_t size = sizeof(packed_t) + strlen(claims->id) + 1;

    size += claims->sid ? sizeof(as_token_variable_t) + strlen(claims->sid) + 1 + sizeof(SID) : 0;
    for (apr_size_t i = 0; i < view->count; i++) {
        size += sizeof(as_token_variable_t) + sizeof(CLAIM) + view->members[i].name_len +
                view->members[i].value.text.len + 1;
    }
    return size;
}

/* Each of these writes and returns what follows. */

static char *put_bytes(char *to, const char *data, apr_size_t len)
{
    memcpy(to, data, len);
    return to + len;
}

/* NULL: null, an object or an array, which have no text of their own; or a text with a control
 * character, with which a line of an issuer's choice could be added to a header. */
static char *put_scalar(char *to, const as_json_view_value_t *value)
{
    switch (value->kind) {
    case AS_JSON_VIEW_STRING:
        return as_json_view_has_control(value) ? NULL : to + as_json_view_unescape(value, to);
    case AS_JSON_VIEW_NUMBER:
    case AS_JSON_VIEW_BOOLEAN:
        return put_bytes(to, value->text.data, value->text.len);
    default:
        return NULL;
    }
}

/* NULL: one of the elements has no text. */
static char *put_array(char *to, const as_json_view_value_t *array)
{
    as_span_t left = array->text;
    as_json_view_value_t element;

    for (int i = 0; to && as_json_view_next_element(&left, &element); i++) {
        if (i) {
            *to++ = ',';
        }
        to = put_scalar(to, &element);
    }
    return to;
}

/* NULL: the claim has no text. */
static char *put_variable(char *to, const as_json_view_member_t *member, char **value)
{
    to = put_bytes(to, CLAIM, sizeof(CLAIM) - 1);
    to = put_bytes(to, member->name, member->name_len + 1);
    *value = to;
    to = member->value.kind == AS_JSON_VIEW_ARRAY ? put_array(to, &member->value)
                                                  : put_scalar(to, &member->value);
    if (to) {
        *to++ = '\0';
    }
    return to;
}

static as_span_t pack(apr_pool_t *p, const as_json_view_t *view, const as_claims_t *claims)
{
    apr_size_t room = (view->count < VARIABLES_MAX ? view->count : VARIABLES_MAX) + !!claims->sid;
    packed_t *packed = apr_palloc(p, packed_size(view, claims));
    char *start = (char *)packed;
    char *to = (char *)(packed->variables + room);

    packed->issued = claims->issued;
    packed->expires = claims->expires;
    packed->not_before = claims->not_before;
    packed->id = (apr_uint32_t)(to - start);
    to = put_bytes(to, claims->id, strlen(claims->id) + 1);
    packed->sid = claims->sid ? (apr_uint32_t)(to - start) : 0;
    packed->standing = 0;
    packed->count = 0;
    if (claims->sid) {
        to = put_bytes(to, claims->sid, strlen(claims->sid) + 1);
        packed->variables[packed->count++] =
            (as_token_variable_t){(apr_uint32_t)(to - start), packed->sid};
        to = put_bytes(to, SID, sizeof(SID));
    }
    for (apr_size_t i = 0; packed->count < room && i < view->count; i++) {
        char *value;
        char *end =
            is_variable(&view->members[i]) ? put_variable(to, &view->members[i], &value) : NULL;

        if (end) {
            packed->variables[packed->count++] =
                (as_token_variable_t){(apr_uint32_t)(to - start), (apr_uint32_t)(value - start)};
            to = end;
        }
    }
    return (as_span_t){start, (apr_size_t)(to - start)};
}

static void unpack(as_span_t value, as_token_t *t)
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
    t->packed = value;
    t->standing = (as_span_t){start + packed->standing, 0};
    if (packed->standing) {
        t->standing.len = value.len - packed->standing;
    }
    t->variables = packed->variables;
    t->variable_count = packed->count;
    t->environment = NULL;
}

/* ---- judging ---- */

static as_error_t verify(apr_pool_t *p, const as_srv_t *sc, as_span_t text, as_span_t *packed,
                         const char **why)
{
    as_jwt_t jwt;
    as_claims_t claims;
    as_error_t error = AS_E_INVALID_TOKEN;

    if (as_jwt_verify(p, sc->keyring, text.data, text.len, &jwt, why) == APR_SUCCESS) {
        error = as_claims_read(p, &sc->claims, &jwt.claims, &claims, why);
    }
    if (error == AS_OK) {
        *packed = pack(p, &jwt.claims, &claims);
    }
    return error;
}

static as_error_t find_or_verify(apr_pool_t *p, const as_srv_t *sc, as_cache_t *known,
                                 as_span_t text, as_token_t *token, const char **why)
{
    as_span_t packed;
    as_error_t error = AS_OK;

    /* The keyring is this host's alone, and so are its issuer, audience and required claims. */
    token->space = as_keyring_id(sc->keyring);
    token->text = text;
    token->known = known && as_cache_get(known, p, token->space, text, &packed) == APR_SUCCESS;
    if (!token->known) {
        error = verify(p, sc, text, &packed, why);
    }
    if (error == AS_OK) {
        unpack(packed, token);
    }
    return error;
}

/* Text that is the held token's own was compared by whoever took it from there. */
static int is_held(const as_token_t *held, const as_srv_t *sc, as_span_t text)
{
    return held && held->text.data && held->space == as_keyring_id(sc->keyring) &&
           (held->text.data == text.data ||
            (held->text.len == text.len && memcmp(held->text.data, text.data, text.len) == 0));
}

as_error_t as_token_verify(apr_pool_t *p, const as_srv_t *sc, const as_token_t *held,
                           as_cache_t *known, as_span_t text, apr_time_t now, as_token_t *token,
                           const char **why)
{
    as_error_t error = AS_OK;

    if (is_held(held, sc, text)) {
        *token = *held;
    } else {
        error = find_or_verify(p, sc, known, text, token, why);
    }
    return error == AS_OK ? as_claims_check_times(&sc->claims, &token->claims, now, why) : error;
}

void as_token_cache_put(apr_pool_t *p, as_cache_t *known, const as_token_t *token,
                        as_span_t standing)
{
    apr_size_t len = token->packed.len - token->standing.len;
    apr_size_t at = (len + ALIGNED - 1) / ALIGNED * ALIGNED;
    packed_t *packed = apr_palloc(p, at + standing.len);

    memcpy(packed, token->packed.data, len);
    packed->standing = standing.len ? (apr_uint32_t)at : 0;
    if (standing.len) {
        memcpy((char *)packed + at, standing.data, standing.len);
    }
    as_cache_put(known, token->space, token->text,
                 (as_span_t){(char *)packed, standing.len ? at + standing.len : len});
}

void as_token_hold(apr_pool_t *p, const as_token_t *token, as_token_t *held)
{
    apr_table_t *environment = apr_table_make(p, (int)token->variable_count);
    as_span_t packed = token->packed;

    packed.data = apr_pmemdup(p, packed.data, packed.len);
    unpack(packed, held);
    for (apr_uint32_t i = 0; i < held->variable_count; i++) {
        apr_table_addn(environment, packed.data + held->variables[i].name,
                       packed.data + held->variables[i].value);
    }
    held->environment = environment;
    held->space = token->space;
    held->text = (as_span_t){apr_pmemdup(p, token->text.data, token->text.len), token->text.len};
    held->known = 1;
}

as_json_view_t as_token_read_claims(apr_pool_t *p, const as_token_t *token)
{
    const char *payload = (const char *)memchr(token->text.data, '.', token->text.len) + 1;
    const char *end =
        memchr(payload, '.', token->text.len - (apr_size_t)(payload - token->text.data));
    as_json_view_t claims = {NULL, 0};
    as_span_t json;

    if (as_base64url_decode(p, payload, (apr_size_t)(end - payload), &json) == APR_SUCCESS) {
        as_json_view_parse(p, json.data, json.len, &claims);
    }
    return claims;
}
