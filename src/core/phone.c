/* SPDX-License-Identifier: Apache-2.0 */
#include "core/phone.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

enum { DIGITS_MIN = 8, DIGITS_MAX = 15, CODE_DIGITS_MAX = 4, TYPED_MAX = 64 };

/* The calling codes of ITU-T E.164 that have one or two digits; all others have three. */
static const char two_digits[] =
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 "
    "57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";

static apr_size_t calling_code_digits(const char *digits)
{
    const char pair[] = {digits[0], digits[1], '\0'};
    apr_size_t len = 3;

    if (digits[0] == '1' || digits[0] == '7') {
        len = 1;
    } else if (strstr(two_digits, pair)) {
        len = 2;
    }
    return len;
}

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

apr_status_t as_phone_e164(apr_pool_t *p, const char *number, const char *country,
                           const char **e164, const char **calling_code)
{
    const char *typed = squeeze(p, number);
    const char *digits;
    apr_size_t len;

    if (!typed) {
        return APR_EINVAL;
    }
    if (*typed == '+' || strncmp(typed, "00", 2) == 0) {
        digits = typed + (*typed == '+' ? 1 : 2);
        *calling_code = NULL;
    } else {
        if (as_phone_calling_code(p, country, calling_code) != APR_SUCCESS) {
            return APR_EINVAL;
        }
        digits = apr_pstrcat(p, *calling_code + 1, typed + (*typed == '0'), NULL);
    }
    len = strlen(digits);
    if (*digits == '0' || len < DIGITS_MIN || len > DIGITS_MAX) {
        return APR_EINVAL;
    }
    if (!*calling_code) {
        *calling_code =
            apr_pstrcat(p, "+", apr_pstrmemdup(p, digits, calling_code_digits(digits)), NULL);
    }
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
