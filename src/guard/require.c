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

enum { PATH_MAX_BYTES = 256 };

/* What a Require line of ours says, parsed once. */
typedef struct claim_rule_t {
    const char *path;
    const char *const *words; /* ends with NULL */
} claim_rule_t;

static int scalar_matches(json_object *value, const char *word)
{
    int matches = 0;

    switch (json_object_get_type(value)) {
    case json_type_string:
        matches = strcmp(json_object_get_string(value), word) == 0;
        break;
    case json_type_boolean:
        matches = strcmp(json_object_get_boolean(value) ? "true" : "false", word) == 0;
        break;
    case json_type_int:
    case json_type_double:
        /* As it stands in the token: 1 is not 1.0. */
        matches = strcmp(json_object_get_string(value), word) == 0;
        break;
    default:
        break;
    }
    return matches;
}

static int value_matches(json_object *value, const char *word)
{
    size_t count =
        json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
    int matches = scalar_matches(value, word);

    for (size_t i = 0; !matches && i < count; i++) {
        matches = scalar_matches(json_object_array_get_idx(value, i), word);
    }
    return matches;
}

static json_object *find_claim(json_object *claims, const char *path)
{
    json_object *value = NULL;
    char step[PATH_MAX_BYTES];

    if (json_object_object_get_ex(claims, path, &value)) {
        return value;
    }
    for (value = claims; value && path; path = strchr(path, '.') ? strchr(path, '.') + 1 : NULL) {
        apr_size_t len = strcspn(path, ".");

        if (len >= sizeof(step) || !json_object_is_type(value, json_type_object)) {
            return NULL;
        }
        memcpy(step, path, len);
        step[len] = '\0';
        value = json_object_object_get(value, step);
    }
    return value;
}

static int claim_matches(json_object *claims, const claim_rule_t *rule)
{
    json_object *value = find_claim(claims, rule->path);
    int matches = 0;

    for (const char *const *word = rule->words; value && !matches && *word; word++) {
        matches = value_matches(value, *word);
    }
    return matches;
}

static authz_status check_verified(request_rec *r, const char *line, const void *parsed)
{
    const as_verdict_t *verdict = as_guard_passed(r) ? as_guard_verdict(r) : NULL;
    int verified = verdict && verdict->user && verdict->user->verified;

    (void)line;
    (void)parsed;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    return verified ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

static const char *parse_verified(cmd_parms *cmd, const char *line, const void **parsed)
{
    (void)parsed;
    return *line ? apr_psprintf(cmd->pool, "Require authsms-verified: '%s' is one word too many",
                                line)
                 : NULL;
}

static authz_status check_claim(request_rec *r, const char *line, const void *parsed)
{
    const claim_rule_t *rule = parsed;
    json_object *claims = NULL;

    (void)line;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    if (as_guard_passed(r)) {
        claims = as_token_claims(r->pool, &as_guard_verdict(r)->token);
    }
    return claims && claim_matches(claims, rule) ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

static const char *parse_claim(cmd_parms *cmd, const char *line, const void **parsed)
{
    claim_rule_t *rule = apr_pcalloc(cmd->pool, sizeof(*rule));
    apr_array_header_t *words = apr_array_make(cmd->pool, 4, sizeof(const char *));

    rule->path = ap_getword_conf(cmd->pool, &line);
    while (*line) {
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(cmd->pool, &line);
    }
    if (!*rule->path || !words->nelts) {
        return "Require authsms-claim: the name of a claim and at least one value are needed, "
               "e.g. Require authsms-claim role admin";
    }
    if (strlen(rule->path) >= PATH_MAX_BYTES) {
        return "Require authsms-claim: the name of the claim is too long";
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
