/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AuthType and Require directives in effect for a request, as httpd merges them
 * (mod_authn_core, mod_authz_core). httpd invokes a directive in every module that declares it, so
 * this module declares AuthType, Require and AuthMerging too and records which is newer.
 */
#ifndef AS_CONFIG_AUTH_RULE_H
#define AS_CONFIG_AUTH_RULE_H

#include <httpd.h>

typedef enum as_auth_type_t {
    AS_AUTH_TYPE_UNSET,
    AS_AUTH_TYPE_JWT,
    AS_AUTH_TYPE_OTHER,     /* also None */
    AS_AUTH_TYPE_EXPRESSION /* evaluated per request */
} as_auth_type_t;

typedef enum as_auth_merging_t {
    AS_AUTH_MERGING_UNSET,
    AS_AUTH_MERGING_OFF,
    AS_AUTH_MERGING_ON /* And, Or */
} as_auth_merging_t;

/* Sets of methods are as in httpd's method masks: AP_METHOD_BIT << method_number. */
typedef struct as_auth_rule_t {
    as_auth_type_t type;
    as_auth_merging_t merging;
    apr_int64_t required;             /* methods that a Require in effect applies to */
    apr_int64_t client_dependent;     /* of these: the result depends on the client (not "all") */
    apr_int64_t newer_than_auth_type; /* of these: the Require is as new as AuthType, or newer */
} as_auth_rule_t;

/* Merge the rules of two sections; `inner` is the newer. httpd merges its own directives in the
 * same calls, so both use the same sections. */
void as_auth_rule_merge(as_auth_rule_t *rule, const as_auth_rule_t *outer,
                        const as_auth_rule_t *inner);

/* Is AuthType set, and newer than every Require in effect for this method? */
static inline int as_auth_rule_lacks_require(const as_auth_rule_t *rule, int method)
{
    return rule->type && !(rule->newer_than_auth_type & (AP_METHOD_BIT << method));
}

/* Can a request of this method need a user: is there no Require, or any other than `Require all
 * granted` or `denied`? */
static inline int as_auth_rule_may_need_user(const as_auth_rule_t *rule, int method)
{
    apr_int64_t bit = AP_METHOD_BIT << method;

    return (rule->client_dependent & bit) || !(rule->required & bit);
}

#endif
