/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/require.h"

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_request.h>
#include <mod_auth.h>

#include <string.h>

#include "guard/guard.h"
#include "http/verdict.h"

/* What a Require line of ours says, parsed once. */
typedef struct rule_t {
    int unwanted; /* under `not` or RequireNone: where it denies, that is what is asked for */
    const char *path;
    const char *const *words; /* ends with NULL */
} rule_t;

static rule_t *make_rule(const cmd_parms *cmd)
{
    rule_t *rule = apr_pcalloc(cmd->pool, sizeof(*rule));
    const char *line = cmd->directive->args;

    rule->unwanted = ap_cstr_casecmp(ap_getword_conf(cmd->temp_pool, &line), "not") == 0;
    for (const ap_directive_t *d = cmd->directive->parent; d; d = d->parent) {
        rule->unwanted ^= ap_cstr_casecmp(d->directive, "<RequireNone") == 0;
    }
    return rule;
}

/* Numbers as they stand in the token: 1 is not 1.0, nor are two that are too large the same. */
static int scalar_matches(apr_pool_t *p, const as_json_value_t *value, const char *word)
{
    int matches = 0;

    switch (value->kind) {
    case AS_JSON_STRING:
        matches = strcmp(as_json_view_string(p, value), word) == 0;
        break;
    case AS_JSON_NUMBER:
    case AS_JSON_BOOLEAN:
        matches =
            value->text.len == strlen(word) && memcmp(value->text.data, word, value->text.len) == 0;
        break;
    default:
        break;
    }
    return matches;
}

static int value_matches(apr_pool_t *p, const as_json_value_t *value, const char *word)
{
    as_span_t left = value->text;
    as_json_value_t element;
    int matches = 0;

    if (value->kind != AS_JSON_ARRAY) {
        return scalar_matches(p, value, word);
    }
    while (!matches && as_json_view_element(&left, &element)) {
        matches = scalar_matches(p, &element, word);
    }
    return matches;
}

static const as_json_value_t *find_claim(apr_pool_t *p, const as_json_view_t *claims,
                                         const char *path)
{
    const as_json_value_t *value = as_json_view_find(claims, path);
    as_json_view_t object = *claims;
    const char *dot;

    if (value) {
        return value;
    }
    for (; (dot = strchr(path, '.')); path = dot + 1) {
        value = as_json_view_find(&object, apr_pstrmemdup(p, path, (apr_size_t)(dot - path)));
        if (!value || as_json_view_inner(p, value, &object) != APR_SUCCESS) {
            return NULL;
        }
    }
    return as_json_view_find(&object, path);
}

static int claim_matches(apr_pool_t *p, const as_json_view_t *claims, const rule_t *rule)
{
    const as_json_value_t *value = find_claim(p, claims, rule->path);
    int matches = 0;

    for (const char *const *word = rule->words; value && !matches && *word; word++) {
        matches = value_matches(p, value, *word);
    }
    return matches;
}

/* RFC 6750 section 3.1; the API has no such answer. */
static const char INSUFFICIENT_SCOPE[] = "insufficient_scope";

static authz_status answer(request_rec *r, const rule_t *rule, int granted, const char *code)
{
    if (!granted && !rule->unwanted) {
        as_guard_denied(r, code);
    }
    return granted ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

static authz_status check_verified(request_rec *r, const char *line, const void *parsed)
{
    const as_verdict_t *verdict = as_guard_passed(r) ? as_guard_verdict(r) : NULL;
    int verified = verdict && verdict->user && verdict->user->verified;

    (void)line;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    return answer(r, parsed, verified, as_error_code(AS_E_NOT_VERIFIED));
}

static const char *parse_verified(cmd_parms *cmd, const char *line, const void **parsed)
{
    *parsed = make_rule(cmd);
    return *line ? apr_psprintf(cmd->pool, "Require authsms-verified: '%s' is one word too many",
                                line)
                 : NULL;
}

static authz_status check_claim(request_rec *r, const char *line, const void *parsed)
{
    const rule_t *rule = parsed;
    as_json_view_t claims = {NULL, 0};

    (void)line;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    if (as_guard_passed(r)) {
        claims = as_token_claims(r->pool, &as_guard_verdict(r)->token);
    }
    return answer(r, rule, claim_matches(r->pool, &claims, rule), INSUFFICIENT_SCOPE);
}

static const char *parse_claim(cmd_parms *cmd, const char *line, const void **parsed)
{
    rule_t *rule = make_rule(cmd);
    apr_array_header_t *words = apr_array_make(cmd->pool, 4, sizeof(const char *));

    rule->path = ap_getword_conf(cmd->pool, &line);
    while (*line) {
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(cmd->pool, &line);
    }
    if (!*rule->path || !words->nelts) {
        return "Require authsms-claim: the name of a claim and at least one value are needed, "
               "e.g. Require authsms-claim role admin";
    }
    APR_ARRAY_PUSH(words, const char *) = NULL;
    rule->words = (const char *const *)words->elts;
    *parsed = rule;
    return NULL;
}

static const authz_provider verified_provider = {check_verified, parse_verified};
static const authz_provider claim_provider = {check_claim, parse_claim};

void as_require_register(apr_pool_t *p)
{
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "authsms-verified", AUTHZ_PROVIDER_VERSION,
                              &verified_provider, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "authsms-claim", AUTHZ_PROVIDER_VERSION,
                              &claim_provider, AP_AUTH_INTERNAL_PER_CONF);
}
