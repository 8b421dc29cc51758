/* SPDX-License-Identifier: Apache-2.0 */
#include "core/phone.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "core/phone_plan.h"

enum { DIGITS_MIN = 7, DIGITS_MAX = 15, CODE_DIGITS_MAX = 4, TYPED_MAX = 64 };

static int is_skipped(char c)
{
    return apr_isspace(c) || c == '-' || c == '.' || c == '(' || c == ')';
}

/* What was typed as digits alone, with a + in front where there was one; a trunk "(0)" after an
 * international prefix is dropped. NULL: other characters, or far too long. */
static const char *squeeze(apr_pool_t *p, const char *typed)
{
    char *out = apr_palloc(p, TYPED_MAX + 1);
    apr_size_t len = 0;

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

apr_status_t as_phone_calling_code(apr_pool_t *p, const char *text, const char **code)
{
    apr_size_t len;

    text += strspn(text, " ");
    if (*text == '+') {
        text++;
    } else if (strncmp(text, "00", 2) == 0) {
        text += 2;
    }
    len = strspn(text, "0123456789");
    if (!len || len > CODE_DIGITS_MAX || *text == '0' || text[len + strspn(text + len, " ")]) {
        return APR_EINVAL;
    }
    *code = apr_pstrcat(p, "+", apr_pstrmemdup(p, text, len), NULL);
    return APR_SUCCESS;
}

/* What follows the calling code in `country` and what was typed; some type the country although
 * they need not. */
static const char *after_code(apr_pool_t *p, const char *code, const char *country,
                              const char *typed)
{
    int is_doubled = strncmp(typed, country, strlen(country)) == 0;

    return (is_doubled ? typed : apr_pstrcat(p, country, typed, NULL)) + strlen(code);
}

/* What is typed at home. `country` may be longer than its calling code: "1876". */
static apr_status_t national_number(apr_pool_t *p, const char *country, const char *typed,
                                    const char **digits)
{
    const char *code = as_phone_plan_code(country);
    const char *national = NULL, *other = NULL;
    int known = 0;
    apr_status_t rv = APR_EINVAL;
    apr_status_t other_rv;

    if (!code) {
        return rv;
    }
    rv = strcmp(code, country) == 0 ? as_phone_plan_national(p, code, typed, &national, &known)
                                    : APR_ENOENT;
    /* A mobile with its country in front is likelier than anything else that the whole could be,
     * and what takes no texts likelier than a range that nobody knows. */
    if (!known) {
        other_rv =
            as_phone_plan_national(p, code, after_code(p, code, country, typed), &other, &known);
        if (known || rv == APR_ENOENT || (rv == APR_SUCCESS && other_rv == APR_EINVAL)) {
            national = other;
            rv = other_rv;
        }
    }
    /* A 0 of habit, where there is none to dial. */
    if (rv == APR_ENOENT && *typed == '0' &&
        as_phone_plan_national(p, code, after_code(p, code, country, typed + 1), &other, &known) ==
            APR_SUCCESS &&
        known) {
        national = other;
        rv = APR_SUCCESS;
    }
    *digits = rv == APR_SUCCESS ? apr_pstrcat(p, code, national, NULL) : NULL;
    return rv;
}

static apr_status_t international_number(apr_pool_t *p, const char *typed, const char **digits)
{
    const char *code = as_phone_plan_code(typed);
    const char *national = NULL;
    int known;
    apr_status_t rv = code
                          ? as_phone_plan_national(p, code, typed + strlen(code), &national, &known)
                          : APR_EINVAL;

    *digits = rv == APR_SUCCESS ? apr_pstrcat(p, code, national, NULL) : NULL;
    return rv;
}

apr_status_t as_phone_e164(apr_pool_t *p, const char *number, const char *country,
                           const char **e164, const char **calling_code)
{
    const char *typed = squeeze(p, number);
    const char *digits = NULL;
    apr_size_t len = 0;
    apr_status_t rv = APR_EINVAL;

    if (typed && *typed == '+') {
        rv = international_number(p, typed + 1, &digits);
    } else if (typed && strncmp(typed, "00", 2) == 0) {
        rv = international_number(p, typed + 2, &digits);
    } else if (typed && as_phone_calling_code(p, country, calling_code) == APR_SUCCESS) {
        rv = national_number(p, *calling_code + 1, typed, &digits);
    }
    len = rv == APR_SUCCESS ? strlen(digits) : 0;
    if (len < DIGITS_MIN || len > DIGITS_MAX) {
        return APR_EINVAL;
    }
    *calling_code = apr_pstrcat(p, "+", as_phone_plan_code(digits), NULL);
    *e164 = apr_pstrcat(p, "+", digits, NULL);
    return APR_SUCCESS;
}

apr_status_t as_phone_rule(apr_pool_t *p, const char *text, as_phone_rule_t *rule)
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

int as_phone_allowed(const apr_array_header_t *rules, const char *e164)
{
    apr_size_t longest = 0;
    int allowed = 1; /* as long as nothing is allowed by name */

    for (int i = 0; rules && i < rules->nelts; i++) {
        allowed &= !APR_ARRAY_IDX(rules, i, as_phone_rule_t).allow;
    }
    for (int i = 0; rules && i < rules->nelts; i++) {
        const as_phone_rule_t *rule = &APR_ARRAY_IDX(rules, i, as_phone_rule_t);
        apr_size_t len = strlen(rule->prefix);

        if (len > longest && strncmp(e164, rule->prefix, len) == 0) {
            longest = len;
            allowed = rule->allow;
        }
    }
    return allowed;
}
