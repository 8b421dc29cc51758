/* SPDX-License-Identifier: Apache-2.0 */
#include "account/phone.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "account/phone_plan.h"
#include "text/ascii.h"

enum { DIGITS_MIN = 7, DIGITS_MAX = 15, CODE_DIGITS_MAX = 4, TYPED_MAX = 64 };

static int is_skipped(char c)
{
    return strchr(" -./()", c) != NULL;
}

/* The digits of a typed number, and a leading +. A trunk "(0)" after an international prefix is
 * removed. NULL: other characters, or too long. */
static const char *extract_digits(apr_pool_t *p, const char *number)
{
    char *out = apr_palloc(p, TYPED_MAX + 1);
    apr_size_t len = 0;
    const char *typed;

    if (as_ascii_from_utf8(p, number, &typed) != APR_SUCCESS) {
        return NULL;
    }
    for (; *typed; typed++) {
        if (len > 1 && strncmp(typed, "(0)", 3) == 0 && (out[0] == '+' || !strncmp(out, "00", 2))) {
            typed += 2;
        } else if (apr_isdigit(*typed) || (*typed == '+' && !len)) {
            out[len++] = *typed;
        } else if (!is_skipped(*typed)) {
            return NULL;
        }
        if (len == TYPED_MAX) {
            return NULL;
        }
        out[len] = '\0';
    }
    out[len] = '\0';
    return out;
}

apr_status_t as_phone_parse_calling_code(apr_pool_t *p, const char *text, const char **code)
{
    const char *typed = extract_digits(p, text);
    apr_size_t len;

    if (!typed) {
        return APR_EINVAL;
    }
    if (*typed == '+') {
        typed++;
    } else if (strncmp(typed, "00", 2) == 0) {
        typed += 2;
    }
    len = strlen(typed);
    if (!len || len > CODE_DIGITS_MAX || *typed == '0') {
        return APR_EINVAL;
    }
    *code = apr_pstrcat(p, "+", typed, NULL);
    return APR_SUCCESS;
}

/* The national part of `country` and the typed digits together. Some users type the country again.
 */
static const char *join_national(apr_pool_t *p, const char *code, const char *country,
                                 const char *typed)
{
    int is_doubled = strncmp(typed, country, strlen(country)) == 0;

    return (is_doubled ? typed : apr_pstrcat(p, country, typed, NULL)) + strlen(code);
}

/* Parse a number in national form. `country` may be longer than its calling code: "1876". *digits
 * includes the calling code; NULL with NONE. */
static as_phone_plan_kind_t parse_national(apr_pool_t *p, const char *country, const char *typed,
                                           const char **digits)
{
    const char *code = as_phone_plan_calling_code(country);
    const char *national = NULL, *other = NULL;
    as_phone_plan_kind_t kind = AS_PHONE_PLAN_NONE, other_kind;

    *digits = NULL;
    if (!code) {
        return kind;
    }
    if (strcmp(code, country) == 0) {
        kind = as_phone_plan_find_national(p, code, typed, &national);
    }
    /* The digits may begin with the country. Prefer that reading if its kind ranks higher. */
    if (kind != AS_PHONE_PLAN_MOBILE) {
        other_kind =
            as_phone_plan_find_national(p, code, join_national(p, code, country, typed), &other);
        if (as_phone_plan_ranks_above(other_kind, kind)) {
            national = other;
            kind = other_kind;
        }
    }
    /* Some users type a trunk 0 in countries that have none. */
    if (kind < AS_PHONE_PLAN_UNKNOWN && *typed == '0') {
        other_kind = as_phone_plan_find_national(
            p, code, join_national(p, code, country, typed + 1), &other);
        if (other_kind > AS_PHONE_PLAN_UNKNOWN) {
            national = other;
            kind = other_kind;
        }
    }
    *digits = national ? apr_pstrcat(p, code, national, NULL) : NULL;
    return kind;
}

static as_phone_plan_kind_t parse_international(apr_pool_t *p, const char *typed,
                                                const char **digits)
{
    const char *code = as_phone_plan_calling_code(typed);
    const char *national = NULL;
    as_phone_plan_kind_t kind = AS_PHONE_PLAN_NONE;

    if (code) {
        kind = as_phone_plan_find_national(p, code, typed + strlen(code), &national);
    }
    *digits = national ? apr_pstrcat(p, code, national, NULL) : NULL;
    return kind;
}

static int is_accepted(as_phone_plan_kind_t kind, as_phone_types_t types)
{
    return kind == AS_PHONE_PLAN_MOBILE || kind == AS_PHONE_PLAN_UNKNOWN ||
           (types == AS_PHONE_TYPES_ANY &&
            (kind == AS_PHONE_PLAN_FIXED || kind == AS_PHONE_PLAN_OTHER));
}

apr_status_t as_phone_normalize(apr_pool_t *p, const char *number, const char *country,
                                as_phone_types_t types, const char **e164,
                                const char **calling_code)
{
    const char *typed = extract_digits(p, number);
    const char *digits = NULL;
    as_phone_plan_kind_t kind = AS_PHONE_PLAN_NONE;
    apr_size_t len = 0;

    if (typed && *typed == '+') {
        kind = parse_international(p, typed + 1, &digits);
    } else if (typed && strncmp(typed, "00", 2) == 0) {
        kind = parse_international(p, typed + 2, &digits);
    } else if (typed && as_phone_parse_calling_code(p, country, calling_code) == APR_SUCCESS) {
        kind = parse_national(p, *calling_code + 1, typed, &digits);
    }
    len = digits && is_accepted(kind, types) ? strlen(digits) : 0;
    if (len < DIGITS_MIN || len > DIGITS_MAX) {
        return APR_EINVAL;
    }
    *calling_code = apr_pstrcat(p, "+", as_phone_plan_calling_code(digits), NULL);
    *e164 = apr_pstrcat(p, "+", digits, NULL);
    return APR_SUCCESS;
}

apr_status_t as_phone_parse_rule(apr_pool_t *p, const char *text, as_phone_rule_t *rule)
{
    apr_size_t len;

    rule->allow = *text != '-';
    text += *text == '-';
    if (rule->allow && strcmp(text, "all") == 0) {
        rule->prefix = "+";
        return APR_SUCCESS;
    }
    text += *text == '+';
    len = strspn(text, "0123456789");
    if (!len || len > DIGITS_MAX || text[len] || *text == '0') {
        return APR_EINVAL;
    }
    rule->prefix = apr_pstrcat(p, "+", text, NULL);
    return APR_SUCCESS;
}

/* Satellites and global networks: expensive, and of no country. Only a rule that names one of these
 * codes allows it. */
static int is_global_network(const char *prefix)
{
    static const char *const codes[] = {"+870", "+878", "+881", "+882", "+883"};

    for (apr_size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strncmp(prefix, codes[i], strlen(codes[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

int as_phone_is_allowed(const apr_array_header_t *rules, const char *e164)
{
    apr_size_t longest = 0;
    int allowed = 1; /* unless a rule allows something */

    for (int i = 0; rules && i < rules->nelts; i++) {
        allowed &= !APR_ARRAY_IDX(rules, i, as_phone_rule_t).allow;
    }
    allowed = allowed && !is_global_network(e164);
    for (int i = 0; rules && i < rules->nelts; i++) {
        const as_phone_rule_t *rule = &APR_ARRAY_IDX(rules, i, as_phone_rule_t);
        apr_size_t len = strlen(rule->prefix);

        if (len > longest && strncmp(e164, rule->prefix, len) == 0) {
            longest = len;
            allowed = rule->allow && (!is_global_network(e164) || is_global_network(rule->prefix));
        }
    }
    return allowed;
}
