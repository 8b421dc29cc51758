/* SPDX-License-Identifier: Apache-2.0 */
#include "account/phone_plan.h"

#include <apr_strings.h>

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { DIGITS_MAX = 17, TRANSFORMED_MAX = 64 };

const char *as_phone_plan_calling_code(const char *digits)
{
    const as_phone_plan_region_t *region = as_phone_tables;

    /* No calling code is a prefix of another. */
    while (region->code && strncmp(digits, region->code, strlen(region->code)) != 0) {
        region++;
    }
    return region->code;
}

/* Compiled for each use: registrations are rare, and threads share nothing. */
static pcre2_code *compile(const char *pattern, uint32_t options)
{
    int error;
    PCRE2_SIZE at;

    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_ANCHORED | options,
                         &error, &at, NULL);
}

static int matches_whole(const char *pattern, const char *number)
{
    pcre2_code *code = pattern ? compile(pattern, PCRE2_ENDANCHORED) : NULL;
    pcre2_match_data *found = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    int fit = found && pcre2_match(code, (PCRE2_SPTR)number, strlen(number), 0, 0, found, NULL) > 0;

    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return fit;
}

/* Apply a transform rule to a matched number. NULL: its last group did not match, so the rule does
 * not apply. */
static const char *apply_transform(apr_pool_t *p, const pcre2_code *code, pcre2_match_data *found,
                                   const char *rule, const char *number)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(found);
    char *out = apr_palloc(p, TRANSFORMED_MAX);
    PCRE2_SIZE len = TRANSFORMED_MAX;
    uint32_t groups = 0;

    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (!groups || at[2 * groups] == PCRE2_UNSET ||
        pcre2_substitute(code, (PCRE2_SPTR)number, strlen(number), 0, PCRE2_SUBSTITUTE_UNSET_EMPTY,
                         NULL, NULL, (PCRE2_SPTR)rule, PCRE2_ZERO_TERMINATED, (PCRE2_UCHAR *)out,
                         &len) < 0) {
        return NULL;
    }
    return out;
}

/* Apply a rule to a number that matches the pattern. NULL: no match. */
static const char *apply_rule(apr_pool_t *p, const char *pattern, const char *rule,
                              const char *number)
{
    pcre2_code *code = compile(pattern, PCRE2_ENDANCHORED);
    pcre2_match_data *found = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    const char *result = NULL;

    if (found && pcre2_match(code, (PCRE2_SPTR)number, strlen(number), 0, 0, found, NULL) > 0) {
        result = apply_transform(p, code, found, rule, number);
    }
    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return result;
}

/* The number without its national prefix. */
static const char *remove_prefix(apr_pool_t *p, const as_phone_plan_region_t *region,
                                 const char *dialled)
{
    pcre2_code *code = region->prefix ? compile(region->prefix, 0) : NULL;
    pcre2_match_data *found = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    const char *number = NULL;

    if (found && pcre2_match(code, (PCRE2_SPTR)dialled, strlen(dialled), 0, 0, found, NULL) > 0) {
        number =
            region->transform ? apply_transform(p, code, found, region->transform, dialled) : NULL;
        number = number ? number : dialled + pcre2_get_ovector_pointer(found)[1];
    }
    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return number ? number : dialled;
}

static int has_length(apr_uint32_t lengths, const char *number)
{
    apr_size_t len = strlen(number);

    return len <= DIGITS_MAX && (lengths >> len & 1);
}

/* Remove the prefix, unless the number is valid only with it. */
static const char *to_national(apr_pool_t *p, const as_phone_plan_region_t *region,
                               const char *dialled)
{
    const char *number = remove_prefix(p, region, dialled);

    return matches_whole(region->general, dialled) && !matches_whole(region->general, number)
               ? dialled
               : number;
}

/* May it be a mobile of a new range? Not if it begins with a national prefix. */
static int is_possible(apr_pool_t *p, const as_phone_plan_region_t *region, const char *number)
{
    return has_length(region->mobile_lengths, number) &&
           strcmp(remove_prefix(p, region, number), number) == 0;
}

static int is_mobile(const as_phone_plan_region_t *region, const char *number)
{
    return has_length(region->mobile_lengths, number) && matches_whole(region->mobile, number);
}

/*
 * Former or domestic forms of mobile numbers that users still type. Sources: ENACOM's numbering
 * plan (Argentina: 9 from abroad, 15 at home), IFT's of August 2019 (Mexico: 1, 01, 044 and 045 are
 * gone), Anatel's resolution 553/2010 (Brazil: a ninth digit since 2012 to 2016).
 */
static const struct {
    const char *code;
    const char *former;
    const char *today; /* a replacement for pcre2_substitute */
} former_forms[] = {
    {"52", "(?:1|01|04[45])(\\d{10})", "$1"},
    {"54", "(?!1115)([1-8]\\d{9})", "9$1"}, /* 11 15 … is incomplete */
    {"54", "9(?=\\d{12}$)(\\d{2,4})15(\\d{6,8})", "9$1$2"},
    {"55", "(\\d\\d)([89]\\d{7})", "${1}9$2"},
};

static as_phone_plan_kind_t classify(apr_pool_t *p, const as_phone_plan_region_t *region,
                                     const char *number)
{
    if (is_mobile(region, number)) {
        return AS_PHONE_PLAN_MOBILE;
    }
    if (matches_whole(region->refused, number)) {
        return AS_PHONE_PLAN_REFUSED;
    }
    if (matches_whole(region->fixed, number)) {
        return AS_PHONE_PLAN_FIXED;
    }
    if (is_possible(p, region, number)) {
        return AS_PHONE_PLAN_UNKNOWN;
    }
    return matches_whole(region->general, number) ? AS_PHONE_PLAN_OTHER : AS_PHONE_PLAN_NONE;
}

int as_phone_plan_ranks_above(as_phone_plan_kind_t kind, as_phone_plan_kind_t than)
{
    return kind > than && !(kind == AS_PHONE_PLAN_FIXED && than == AS_PHONE_PLAN_REFUSED);
}

/* Replace a former form with the current one, unless the number ranks higher as it is. */
static as_phone_plan_kind_t update_former_form(apr_pool_t *p, const as_phone_plan_region_t *region,
                                               const char **number)
{
    as_phone_plan_kind_t kind = classify(p, region, *number);

    for (apr_size_t i = 0; i < sizeof(former_forms) / sizeof(former_forms[0]); i++) {
        const char *today = NULL;
        as_phone_plan_kind_t today_kind;

        if (kind != AS_PHONE_PLAN_MOBILE && strcmp(former_forms[i].code, region->code) == 0) {
            today = apply_rule(p, former_forms[i].former, former_forms[i].today, *number);
        }
        today_kind = today ? classify(p, region, today) : AS_PHONE_PLAN_NONE;
        if (today && !as_phone_plan_ranks_above(kind, today_kind)) {
            *number = today;
            kind = today_kind;
        }
    }
    return kind;
}

as_phone_plan_kind_t as_phone_plan_find_national(apr_pool_t *p, const char *code, const char *typed,
                                                 const char **national)
{
    as_phone_plan_kind_t found = AS_PHONE_PLAN_NONE;

    *national = NULL;
    for (const as_phone_plan_region_t *region = as_phone_tables; region->code; region++) {
        const char *number;
        as_phone_plan_kind_t kind;

        if (strcmp(region->code, code) != 0) {
            continue;
        }
        number = to_national(p, region, typed);
        kind = update_former_form(p, region, &number);
        /* A number that one region refuses is not a fixed line of another. */
        if (as_phone_plan_ranks_above(kind, found) ||
            (kind == AS_PHONE_PLAN_REFUSED && found == AS_PHONE_PLAN_FIXED)) {
            found = kind;
            *national = number;
        }
        if (found == AS_PHONE_PLAN_MOBILE) {
            break;
        }
    }
    return found;
}
