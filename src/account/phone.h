/* SPDX-License-Identifier: Apache-2.0 */
/* Phone numbers. Normalizes user input to E.164, and checks the allowed countries. */
#ifndef AS_ACCOUNT_PHONE_H
#define AS_ACCOUNT_PHONE_H

#include <apr_pools.h>
#include <apr_tables.h>

/* Which numbers are accepted (AuthSMSNumberTypes). Toll-free, premium-rate, shared-cost, company
 * and voicemail numbers are always rejected. */
typedef enum as_phone_types_t {
    AS_PHONE_TYPES_MOBILE, /* mobiles, and unclassified numbers of mobile length */
    AS_PHONE_TYPES_ANY,    /* also fixed lines and all other unclassified numbers */
} as_phone_types_t;

/*
 * Convert a number to E.164 ("+447700900123"). It is in international form (`+` or `00`), or in the
 * national form of `country`, a calling code ("44", "+44", "0044").
 *
 * Digits of any script are accepted (see text/ascii.h); blanks, dashes, `.`, `/`, `(` and `)` are
 * skipped. National prefixes are removed or replaced (Argentina: 15 becomes 9); obsolete formats
 * are converted (Mexico's 1, Brazil's eight digits). *calling_code: such as "+44". APR_EINVAL: no
 * such number, or not of `types`.
 */
apr_status_t as_phone_normalize(apr_pool_t *p, const char *number, const char *country,
                                as_phone_types_t types, const char **e164,
                                const char **calling_code);

/* Parse "44", "+44", "0044" or "1-876" into "+44" or "+1876": 1 to 4 digits, not beginning with 0.
 * APR_EINVAL: another form. */
apr_status_t as_phone_parse_calling_code(apr_pool_t *p, const char *text, const char **code);

/* One rule of AuthSMSAllowCountries. */
typedef struct as_phone_rule_t {
    const char *prefix; /* "+1876"; "+" matches every number */
    int allow;
} as_phone_rule_t;

/* Parse a rule: "+1", "-+1876", "44" or "all". APR_EINVAL: another form. */
apr_status_t as_phone_parse_rule(apr_pool_t *p, const char *text, as_phone_rule_t *rule);

/* Do the rules (as_phone_rule_t; NULL: no rules) allow this number? The longest matching prefix
 * decides. Without a match, the number is allowed only if no rule allows anything. A number of a
 * satellite or global network (+870, +878, +881, +882, +883) is allowed only by a rule with that
 * code or a longer prefix. */
int as_phone_is_allowed(const apr_array_header_t *rules, const char *e164);

#endif
