/* SPDX-License-Identifier: Apache-2.0 */
#include "config/auth_rule.h"

/* As mod_authz_core: without AuthMerging, the Require directives of a section replace all earlier
 * ones. */
static int inherits_require(const as_auth_rule_t *inner)
{
    return inner->merging == AS_AUTH_MERGING_ON ||
           (inner->merging == AS_AUTH_MERGING_UNSET && !inner->required);
}

void as_auth_rule_merge(as_auth_rule_t *rule, const as_auth_rule_t *outer,
                        const as_auth_rule_t *inner)
{
    *rule = *inner;
    if (inherits_require(inner)) {
        rule->required |= outer->required;
        rule->client_dependent |= outer->client_dependent;
    }
    if (inner->merging == AS_AUTH_MERGING_UNSET && !inner->required) {
        rule->merging = outer->merging;
    }
    if (!inner->type) {
        rule->type = outer->type;
        rule->newer_than_auth_type = inner->required;
        if (inherits_require(inner)) {
            rule->newer_than_auth_type |= outer->newer_than_auth_type;
        }
    }
}
