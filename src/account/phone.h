/* SPDX-License-Identifier: Apache-2.0 */
/* Mobile numbers: what a person types → E.164. */
#ifndef AS_ACCOUNT_PHONE_H
#define AS_ACCOUNT_PHONE_H

#include <apr_pools.h>
#include <apr_tables.h>

/* Which numbers are accepted (AuthSMSNumberTypes). Toll-free, premium-rate, shared-cost, company
 * and voicemail numbers never are. */
typedef enum as_phone_types_t {
    AS_PHONE_TYPES_MOBILE, /* mobiles, and numbers of a mobile's length in ranges of no other kind
                            */
    AS_PHONE_TYPES_ANY,    /* fixed lines too, and numbers of no kind */
} as_phone_types_t;

/*
 * The E.164 form ("+447700900123") of a number in international form (`+` or `00`) or national
 * form, for which `country` is the calling code ("44", "+44", "0044"). It may be typed in any
 * script (see ascii.h); blanks, dashes, `.`, `/`, `(` and `)` are skipped. What is dialled before a
 * number in its country is dropped or exchanged (Argentina's 15 → 9), a former form becomes today's
 * (Mexico's 1, Brazil's eight digits). *calling_code is "+44". APR_EINVAL: no such number, or not
 * one of `types`.
 */
apr_status_t as_phone_normalize(apr_pool_t *p, const char *number, const char *country,
                                as_phone_types_t types, const char **e164,
                                const char **calling_code);

/* "44", "+44", "0044", "1-876" → "+44", "+1876" (1 to 4 digits, the first not 0). APR_EINVAL else.
 */
apr_status_t as_phone_parse_calling_code(apr_pool_t *p, const char *text, const char **code);

/* One rule of AuthSMSAllowCountries. */
typedef struct as_phone_rule_t {
    const char *prefix; /* "+1876"; "+" matches every number */
    int allow;
} as_phone_rule_t;

/* "+1", "-+1876", "44", "all" → a rule. APR_EINVAL else. */
apr_status_t as_phone_parse_rule(apr_pool_t *p, const char *text, as_phone_rule_t *rule);

/* Do the rules (as_phone_rule_t; NULL: all) allow this number? The longest matching prefix wins; no
 * match: refused, unless every rule is a refusal. */
int as_phone_is_allowed(const apr_array_header_t *rules, const char *e164);

#endif
