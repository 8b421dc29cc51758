/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/token.h"

#include <apr_strings.h>

#include <string.h>

#include "base/base64url.h"
#include "base/metric.h"
#include "jose/jwt.h"
#include "store/roles.h"

enum { NAME_MAX_BYTES = 64, VARIABLES_MAX = 64, ALIGNED = 8 };

static const char SID[] = AS_TOKEN_SID, CLAIM[] = AS_TOKEN_CLAIM, ROLES[] = "roles";

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- the record of a verified token: record_t, then strings, then the standing ---- */

typedef struct record_t {
    apr_time_t issued;
    apr_time_t expires;
    apr_time_t not_before;
    apr_uint32_t id;       /* offsets from the start */
    apr_uint32_t sid;      /* 0: none */
    apr_uint32_t roles;    /* 0: none */
    apr_uint32_t standing; /* 0: none */
    apr_uint32_t variable_count;
    as_token_variable_t variables[];
} record_t;

/* Claims whose names cannot be part of a variable's name have no variable. */
static int has_variable(const as_json_view_member_t *member)
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

/* The claim that has the roles; NULL: none, or no array. */
static const as_json_view_value_t *find_roles(const as_json_view_t *view)
{
    const as_json_view_value_t *roles = as_json_view_find(view, ROLES);

    return roles && roles->kind == AS_JSON_VIEW_ARRAY ? roles : NULL;
}

/* An upper bound: no text is longer than its JSON. */
static apr_size_t record_size(const as_json_view_t *view, const as_claims_t *claims,
                              const as_json_view_value_t *roles)
{
    apr_size_t size = sizeof(record_t) + strlen(claims->id) + 1 + (roles ? roles->text.len + 1 : 0);

    size += claims->sid ? sizeof(as_token_variable_t) + strlen(claims->sid) + 1 + sizeof(SID) : 0;
    for (apr_size_t i = 0; i < view->count; i++) {
        size += sizeof(as_token_variable_t) + sizeof(CLAIM) + view->members[i].name_len +
                view->members[i].value.text.len + 1;
    }
    return size;
}

/* Each of these writes to `to` and returns the end of what it wrote. */

static char *put_bytes(char *to, const char *data, apr_size_t len)
{
    memcpy(to, data, len);
    return to + len;
}

/* NULL: null, an object or an array has no text; a text with a control character could inject a
 * header line. */
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

/* Elements that are no names of roles are skipped. Returns `to` unchanged if there is none. */
static char *put_roles(char *to, const as_json_view_value_t *roles)
{
    char *end = to;
    as_span_t left = roles->text;
    as_json_view_value_t element;

    while (as_json_view_next_element(&left, &element)) {
        apr_size_t len =
            element.kind == AS_JSON_VIEW_STRING ? as_json_view_unescape(&element, end) : 0;

        if (as_roles_is_name_n(end, len)) {
            end += len;
            *end++ = ',';
        }
    }
    if (end > to) {
        end[-1] = '\0';
    }
    return end;
}

static as_span_t make_record(apr_pool_t *p, const as_json_view_t *view, const as_claims_t *claims)
{
    const as_json_view_value_t *roles = find_roles(view);
    apr_size_t room = (view->count < VARIABLES_MAX ? view->count : VARIABLES_MAX) + !!claims->sid;
    record_t *record = apr_palloc(p, record_size(view, claims, roles));
    char *start = (char *)record;
    char *to = (char *)(record->variables + room);

    record->issued = claims->issued;
    record->expires = claims->expires;
    record->not_before = claims->not_before;
    record->id = (apr_uint32_t)(to - start);
    to = put_bytes(to, claims->id, strlen(claims->id) + 1);
    record->sid = claims->sid ? (apr_uint32_t)(to - start) : 0;
    record->roles = 0;
    record->standing = 0;
    record->variable_count = 0;
    if (claims->sid) {
        to = put_bytes(to, claims->sid, strlen(claims->sid) + 1);
        record->variables[record->variable_count++] =
            (as_token_variable_t){(apr_uint32_t)(to - start), record->sid};
        to = put_bytes(to, SID, sizeof(SID));
    }
    if (roles) {
        char *end = put_roles(to, roles);

        record->roles = end == to ? 0 : (apr_uint32_t)(to - start);
        to = end;
    }
    for (apr_size_t i = 0; record->variable_count < room && i < view->count; i++) {
        char *value;
        char *end =
            has_variable(&view->members[i]) ? put_variable(to, &view->members[i], &value) : NULL;

        if (end) {
            record->variables[record->variable_count++] =
                (as_token_variable_t){(apr_uint32_t)(to - start), (apr_uint32_t)(value - start)};
            to = end;
        }
    }
    return (as_span_t){start, (apr_size_t)(to - start)};
}

static void read_record(as_span_t value, as_token_t *t)
{
    const char *start = value.data;
    const record_t *record = (const void *)start;

    t->claims = (as_claims_t){
        .id = start + record->id,
        .sid = record->sid ? start + record->sid : NULL,
        .issued = record->issued,
        .expires = record->expires,
        .not_before = record->not_before,
    };
    t->record = value;
    t->standing = (as_span_t){start + record->standing, 0};
    if (record->standing) {
        t->standing.len = value.len - record->standing;
    }
    t->roles = record->roles ? start + record->roles : NULL;
    t->variables = record->variables;
    t->variable_count = record->variable_count;
    t->environment = NULL;
}

/* ---- verifying ---- */

static as_error_t verify(apr_pool_t *p, const as_srv_t *sc, as_span_t text, as_span_t *record,
                         const char **reason)
{
    as_jwt_t jwt;
    as_claims_t claims;
    as_error_t error;

    if (as_jwt_verify(p, sc->keyring, text.data, text.len, &jwt, reason) != APR_SUCCESS) {
        return AS_E_INVALID_TOKEN;
    }
    error = as_claims_read(p, &sc->claims, &jwt.claims, &claims, reason);
    if (error != AS_OK) {
        return error;
    }
    *record = make_record(p, &jwt.claims, &claims);
    return AS_OK;
}

static as_error_t find_or_verify(apr_pool_t *p, const as_srv_t *sc, as_cache_t *cache,
                                 as_span_t text, as_token_t *token, const char **reason)
{
    as_span_t record;

    /* A host shares its keyring with no other: a token cached under it also satisfies the host's
     * issuer, audience and required claims. */
    token->cache_space = as_keyring_id(sc->keyring);
    token->text = text;
    token->is_cached =
        cache && as_cache_get(cache, p, token->cache_space, text, &record) == APR_SUCCESS;
    if (!token->is_cached) {
        as_error_t error = verify(p, sc, text, &record, reason);

        if (error != AS_OK) {
            return error;
        }
    }
    read_record(record, token);
    return AS_OK;
}

/* Equal addresses: the caller found the token by its copy. */
static int is_copy_of(const as_token_t *copy, const as_srv_t *sc, as_span_t text)
{
    return copy && copy->text.data && copy->cache_space == as_keyring_id(sc->keyring) &&
           (copy->text.data == text.data ||
            (copy->text.len == text.len && memcmp(copy->text.data, text.data, text.len) == 0));
}

as_error_t as_token_verify(apr_pool_t *p, const as_srv_t *sc, const as_token_t *copy,
                           as_cache_t *cache, as_span_t text, apr_time_t now, as_token_t *token,
                           const char **reason)
{
    if (is_copy_of(copy, sc, text)) {
        *token = *copy;
    } else {
        as_error_t error = find_or_verify(p, sc, cache, text, token, reason);

        if (!token->is_cached) {
            AS_METRIC_INCREMENT(CACHE, AS_METRIC_CACHE_TOKEN, AS_METRIC_MISS);
        }
        if (error != AS_OK) {
            return error;
        }
    }
    if (token->is_cached) {
        AS_METRIC_INCREMENT(CACHE, AS_METRIC_CACHE_TOKEN, AS_METRIC_HIT);
    }
    return as_claims_check_times(&sc->claims, &token->claims, now, reason);
}

void as_token_cache_put(apr_pool_t *p, as_cache_t *cache, const as_token_t *token,
                        as_span_t standing)
{
    apr_size_t len = token->record.len - token->standing.len;
    apr_size_t at = (len + ALIGNED - 1) / ALIGNED * ALIGNED;
    record_t *record = apr_palloc(p, at + standing.len);

    memcpy(record, token->record.data, len);
    record->standing = standing.len ? (apr_uint32_t)at : 0;
    if (standing.len) {
        memcpy((char *)record + at, standing.data, standing.len);
    }
    as_cache_put(cache, token->cache_space, token->text,
                 (as_span_t){(char *)record, standing.len ? at + standing.len : len});
}

void as_token_copy(apr_pool_t *p, const as_token_t *token, as_token_t *copy)
{
    apr_table_t *environment = apr_table_make(p, (int)token->variable_count);
    as_span_t record = token->record;

    record.data = apr_pmemdup(p, record.data, record.len);
    read_record(record, copy);
    for (apr_uint32_t i = 0; i < copy->variable_count; i++) {
        apr_table_addn(environment, record.data + copy->variables[i].name,
                       record.data + copy->variables[i].value);
    }
    copy->environment = environment;
    copy->cache_space = token->cache_space;
    copy->text = (as_span_t){apr_pmemdup(p, token->text.data, token->text.len), token->text.len};
    copy->is_cached = 1;
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
