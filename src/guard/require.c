/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/require.h"

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <http_request.h>

#include <string.h>

#include "auth/verdict.h"
#include "base/log.h"
#include "guard/guard.h"
#include "guard/identity.h"
#include "store/roles.h"
#include "text/json_path.h"

APLOG_USE_MODULE(authsms);

/* A Require line, parsed once. */
typedef struct rule_t {
    const char *provider;
    int negated; /* by `not` or RequireNone: a match denies; always 0 in an alias */
    as_json_path_t path;
    const char *const *words; /* ends with NULL */
} rule_t;

static rule_t *make_rule(const cmd_parms *cmd, const char *provider)
{
    rule_t *rule = apr_pcalloc(cmd->pool, sizeof(*rule));
    const char *line = cmd->directive->args;

    rule->provider = provider;
    rule->negated = ap_cstr_casecmp(ap_getword_conf(cmd->temp_pool, &line), "not") == 0;
    for (const ap_directive_t *d = cmd->directive->parent; d; d = d->parent) {
        rule->negated ^= ap_cstr_casecmp(d->directive, "<RequireNone") == 0;
    }
    return rule;
}

/* Numbers are compared as text: 1 differs from 1.0, and numbers too large for a double differ. */
static int scalar_matches(apr_pool_t *p, const as_json_view_value_t *value, const char *word)
{
    switch (value->kind) {
    case AS_JSON_VIEW_STRING:
        return strcmp(as_json_view_get_string(p, value), word) == 0;
    case AS_JSON_VIEW_NUMBER:
    case AS_JSON_VIEW_BOOLEAN:
        return value->text.len == strlen(word) &&
               memcmp(value->text.data, word, value->text.len) == 0;
    default:
        return 0;
    }
}

static int value_matches(apr_pool_t *p, const as_json_view_value_t *value, const char *word)
{
    as_span_t left = value->text;
    as_json_view_value_t element;

    if (value->kind != AS_JSON_VIEW_ARRAY) {
        return scalar_matches(p, value, word);
    }
    while (as_json_view_next_element(&left, &element)) {
        if (scalar_matches(p, &element, word)) {
            return 1;
        }
    }
    return 0;
}

/* RFC 6750 section 3.1. Not a code of the API. */
static const char INSUFFICIENT_SCOPE[] = "insufficient_scope";

/* code: for AUTHSMS_ERROR, if a line that is not negated denies. */
static authz_status decide(request_rec *r, const rule_t *rule, const char *line, int granted,
                           const char *code)
{
    if (granted == rule->negated) {
        as_guard_record_denial(r, granted ? INSUFFICIENT_SCOPE : code);
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      AS_TAG(0420) "%.*s: %s: Require %s%s %s denies it", AS_LOG_CLIENT_TEXT_MAX,
                      r->uri, granted ? INSUFFICIENT_SCOPE : code, rule->negated ? "not " : "",
                      rule->provider, line);
    }
    return granted ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

/* Empty if the request was not authenticated by a token. */
static as_json_view_t read_claims(request_rec *r)
{
    return as_guard_is_authenticated(r)
               ? as_token_read_claims(r->pool, &as_guard_get_verdict(r)->token)
               : (as_json_view_t){NULL, 0};
}

static authz_status check_verified(request_rec *r, const char *line, const void *parsed)
{
    const as_verdict_t *verdict = as_guard_is_authenticated(r) ? as_guard_get_verdict(r) : NULL;
    int verified = verdict && verdict->account && verdict->account->verified;

    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    return decide(r, parsed, line, verified, as_error_code(AS_E_NOT_VERIFIED));
}

static const char *parse_verified(cmd_parms *cmd, const char *line, const void **parsed)
{
    *parsed = make_rule(cmd, AS_REQUIRE_VERIFIED);
    return *line ? apr_psprintf(cmd->pool, "Require authsms-verified: '%s' is one word too many",
                                line)
                 : NULL;
}

static int claim_matches(apr_pool_t *p, const as_json_view_value_t *value, const rule_t *rule)
{
    for (const char *const *word = rule->words; *word; word++) {
        if (value_matches(p, value, *word)) {
            return 1;
        }
    }
    return 0;
}

static authz_status check_claim(request_rec *r, const char *line, const void *parsed)
{
    const rule_t *rule = parsed;
    as_json_view_t claims;
    as_json_view_value_t value;
    int found;

    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    claims = read_claims(r);
    found = as_json_path_find(r->pool, &claims, &rule->path, &value);
    if (found > 1) {
        ap_log_rerror(
            APLOG_MARK, APLOG_WARNING, 0, r,
            AS_TAG(0421) "%.*s: denied: several claims of this token could be %s. Write a JSON "
                         "pointer (RFC 6901), such as /realm/role, in Require authsms-claim",
            AS_LOG_CLIENT_TEXT_MAX, r->uri, rule->path.dotted);
    }
    /* An ambiguous name denies: a negated line counts it as a match, any other as none. */
    return decide(r, rule, line,
                  found > 1 ? rule->negated : found && claim_matches(r->pool, &value, rule),
                  INSUFFICIENT_SCOPE);
}

/* The words of a line, ending with NULL; NULL: the line is empty. */
static const char *const *read_words(apr_pool_t *p, const char *line)
{
    apr_array_header_t *words = apr_array_make(p, 4, sizeof(const char *));

    while (*line) {
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(p, &line);
    }
    if (!words->nelts) {
        return NULL;
    }
    APR_ARRAY_PUSH(words, const char *) = NULL;
    return (const char *const *)words->elts;
}

static int is_alias(const cmd_parms *cmd)
{
    return ap_cstr_casecmp(cmd->directive->directive, "<AuthzProviderAlias") == 0;
}

static authz_status check_role(request_rec *r, const char *line, const void *parsed)
{
    const as_verdict_t *verdict = as_guard_is_authenticated(r) ? as_guard_get_verdict(r) : NULL;
    const rule_t *rule = parsed;
    const char *roles = verdict ? as_identity_get_roles(&verdict->token, verdict->account) : NULL;
    int granted = 0;

    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    for (const char *const *word = rule->words; !granted && *word; word++) {
        granted = as_roles_contains(roles, *word);
    }
    return decide(r, rule, line, granted, INSUFFICIENT_SCOPE);
}

static const char *parse_role(cmd_parms *cmd, const char *line, const void **parsed)
{
    rule_t *rule = make_rule(cmd, AS_REQUIRE_ROLE);

    rule->words = read_words(cmd->pool, line);
    if (!rule->words) {
        return "Require authsms-role: at least one role is needed, e.g. Require authsms-role "
               "editor";
    }
    for (const char *const *word = rule->words; *word; word++) {
        if (!as_roles_is_name(*word)) {
            return apr_psprintf(cmd->pool,
                                "Require authsms-role: '%s' is no name of a role: use 1 to 64 of "
                                "the characters A-Z, a-z, 0-9, '_', '.', ':' and '-'",
                                *word);
        }
    }
    *parsed = rule;
    return NULL;
}

static const char *parse_claim(cmd_parms *cmd, const char *line, const void **parsed)
{
    rule_t *rule = make_rule(cmd, AS_REQUIRE_CLAIM);
    const char *name = ap_getword_conf(cmd->pool, &line);

    rule->words = read_words(cmd->pool, line);
    if (!*name || !rule->words) {
        return "Require authsms-claim: the name of a claim and at least one value are needed, "
               "e.g. Require authsms-claim role admin";
    }
    if (as_json_path_parse(cmd->pool, name, &rule->path) != APR_SUCCESS) {
        return apr_psprintf(cmd->pool,
                            "Require authsms-claim: '%s' is no JSON pointer (RFC 6901): write ~1 "
                            "for / and ~0 for ~ in a claim's name",
                            name);
    }
    /* An alias may be negated where it is used, which is unknown here. */
    if (is_alias(cmd) && rule->path.dotted && strchr(name, '.')) {
        return apr_psprintf(cmd->pool,
                            "Require authsms-claim: '%s': an alias needs a JSON pointer (RFC 6901) "
                            "such as /realm/role in the place of a dotted name",
                            name);
    }
    *parsed = rule;
    return NULL;
}

/* The text is a list of words separated by blanks (RFC 8693 section 4.2). */
static int has_word(const char *text, const char *word)
{
    apr_size_t len = strlen(word);

    while (*text) {
        apr_size_t next = strcspn(text, " ");

        if (next == len && memcmp(text, word, len) == 0) {
            return 1;
        }
        text += next;
        text += strspn(text, " ");
    }
    return 0;
}

static int scope_has(apr_pool_t *p, const as_json_view_value_t *scope, const char *word)
{
    as_span_t left = scope->text;
    as_json_view_value_t element;

    if (scope->kind == AS_JSON_VIEW_STRING) {
        return has_word(as_json_view_get_string(p, scope), word);
    }
    while (scope->kind == AS_JSON_VIEW_ARRAY && as_json_view_next_element(&left, &element)) {
        if (element.kind == AS_JSON_VIEW_STRING && scalar_matches(p, &element, word)) {
            return 1;
        }
    }
    return 0;
}

static authz_status check_scope(request_rec *r, const char *line, const void *parsed)
{
    const rule_t *rule = parsed;
    const as_json_view_value_t *scope;
    as_json_view_t claims;
    int granted = 0;

    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    claims = read_claims(r);
    scope = as_json_view_find(&claims, "scope");
    for (const char *const *word = rule->words; scope && !granted && *word; word++) {
        granted = scope_has(r->pool, scope, *word);
    }
    return decide(r, rule, line, granted, INSUFFICIENT_SCOPE);
}

/* RFC 6749 section 3.3: printable ASCII without blanks, quotes and backslashes. */
static int is_scope_word(const char *word)
{
    const char *c = word;

    while (*c > ' ' && *c < 0x7f && *c != '"' && *c != '\\') {
        c++;
    }
    return c > word && !*c;
}

static const char *parse_scope(cmd_parms *cmd, const char *line, const void **parsed)
{
    rule_t *rule = make_rule(cmd, AS_REQUIRE_SCOPE);

    rule->words = read_words(cmd->pool, line);
    if (!rule->words) {
        return "Require authsms-scope: at least one word is needed, e.g. Require authsms-scope "
               "read";
    }
    for (const char *const *word = rule->words; *word; word++) {
        if (!is_scope_word(*word)) {
            return apr_psprintf(cmd->pool,
                                "Require authsms-scope: '%s' is not one word of a scope "
                                "(RFC 6749, 3.3): no blanks, quotes, backslashes, and ASCII only",
                                *word);
        }
    }
    *parsed = rule;
    return NULL;
}

const authz_provider as_require_verified = {check_verified, parse_verified};
const authz_provider as_require_role = {check_role, parse_role};
const authz_provider as_require_claim = {check_claim, parse_claim};
const authz_provider as_require_scope = {check_scope, parse_scope};
