/* SPDX-License-Identifier: Apache-2.0 */
#include "core/phone.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

enum { DIGITS_MIN = 8, DIGITS_MAX = 15, CODE_DIGITS_MAX = 4, TYPED_MAX = 64 };

/* The calling codes of ITU-T E.164, blanks around each. None is the start of another. */
static const char codes[] =
    " 1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 "
    "57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "
    "211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 "
    "238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 "
    "262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 "
    "370 371 372 373 374 375 376 377 378 379 380 381 382 383 385 386 387 389 420 421 423 500 501 "
    "502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 "
    "676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 "
    "870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 "
    "976 977 979 992 993 994 995 996 998 ";

/* The calling code that an international number begins with; NULL: none that is known. */
static const char *known_code(apr_pool_t *p, const char *digits)
{
    const char *code = NULL;

    for (int len = 1; !code && len <= 3; len++) {
        if (strstr(codes, apr_psprintf(p, " %.*s ", len, digits))) {
            code = apr_psprintf(p, "+%.*s", len, digits);
        }
    }
    return code;
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
        *calling_code = known_code(p, digits);
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
