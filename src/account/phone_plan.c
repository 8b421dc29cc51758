/* SPDX-License-Identifier: Apache-2.0 */
#include "account/phone_plan.h"

#include <apr_strings.h>

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { LENGTH_MAX = 17, TRANSFORMED_MAX = 64 };

const char *as_phone_plan_calling_code(const char *digits)
{
    const as_phone_plan_region_t *region = as_phone_tables;

    /* None is the start of another. */
    while (region->code && strncmp(digits, region->code, strlen(region->code)) != 0) {
        region++;
    }
    return region->code;
}

/* Compiled for the one use: registrations are rare, and nothing is shared between threads. */
static pcre2_code *compile(const char *pattern, uint32_t options)
{
    int error;
    PCRE2_SIZE at;

    return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_ANCHORED | options,
                         &error, &at, NULL);
}

static int fits(const char *pattern, const char *number)
{
    pcre2_code *code = pattern ? compile(pattern, PCRE2_ENDANCHORED) : NULL;
    pcre2_match_data *found = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    int fit = found && pcre2_match(code, (PCRE2_SPTR)number, strlen(number), 0, 0, found, NULL) > 0;

    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return fit;
}

/* What the transform rule makes of it; NULL: its last group is not there, so it is not for this. */
static const char *transformed(apr_pool_t *p, const pcre2_code *code, pcre2_match_data *found,
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

/* A number of this pattern as the rule writes it; NULL: it is of another. */
static const char *exchanged(apr_pool_t *p, const char *pattern, const char *rule,
                             const char *number)
{
    pcre2_code *code = compile(pattern, PCRE2_ENDANCHORED);
    pcre2_match_data *found = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    const char *written = NULL;

    if (found && pcre2_match(code, (PCRE2_SPTR)number, strlen(number), 0, 0, found, NULL) > 0) {
        written = transformed(p, code, found, rule, number);
    }
    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return written;
}

/* What was dialled, without what is dialled before a number of this region. */
static const char *without_prefix(apr_pool_t *p, const as_phone_plan_region_t *region,
                                  const char *dialled)
{
    pcre2_code *code = region->prefix ? compile(region->prefix, 0) : NULL;
    pcre2_match_data *found = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    const char *number = NULL;

    if (found && pcre2_match(code, (PCRE2_SPTR)dialled, strlen(dialled), 0, 0, found, NULL) > 0) {
        number = region->transform ? transformed(p, code, found, region->transform, dialled) : NULL;
        number = number ? number : dialled + pcre2_get_ovector_pointer(found)[1];
    }
    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return number ? number : dialled;
}

static int has_length(apr_uint32_t lengths, const char *number)
{
    apr_size_t len = strlen(number);

    return len <= LENGTH_MAX && (lengths >> len & 1);
}

/* A number that is one already keeps what looks like a prefix, unless it is one without it too. */
static const char *national_in(apr_pool_t *p, const as_phone_plan_region_t *region,
                               const char *dialled)
{
    const char *number = without_prefix(p, region, dialled);

    return fits(region->general, dialled) && !fits(region->general, number) ? dialled : number;
}

/* Could be new, unless it begins with what is dialled before numbers. */
static int is_possible(apr_pool_t *p, const as_phone_plan_region_t *region, const char *number)
{
    return has_length(region->mobile_lengths, number) &&
           strcmp(without_prefix(p, region, number), number) == 0;
}

static int is_mobile(const as_phone_plan_region_t *region, const char *number)
{
    return has_length(region->mobile_lengths, number) && fits(region->mobile, number);
}

/*
 * Forms that mobiles had, or have at home only, and that their owners still write. Facts: ENACOM's
 * numbering plan (the 9 of mobiles called from abroad is the 15 dialled at home), IFT's of August
 * 2019 (1, 01, 044 and 045 went), Anatel's resolution 553/2010 (the ninth digit of 2012 to 2016).
 */
static const struct {
    const char *code;
    const char *former;
    const char *today; /* of pcre2_substitute */
} former_forms[] = {
    {"52", "(?:1|01|04[45])(\\d{10})", "$1"},
    {"54", "(?!1115)([1-8]\\d{9})", "9$1"}, /* 11 15 … is one that lacks digits */
    {"54", "9(?=\\d{12}$)(\\d{2,4})15(\\d{6,8})", "9$1$2"},
    {"55", "(\\d\\d)([89]\\d{7})", "${1}9$2"},
};

static as_phone_plan_kind_t kind_of(apr_pool_t *p, const as_phone_plan_region_t *region,
                                    const char *number)
{
    if (is_mobile(region, number)) {
        return AS_PHONE_PLAN_MOBILE;
    }
    if (fits(region->refused, number)) {
        return AS_PHONE_PLAN_REFUSED;
    }
    if (fits(region->fixed, number)) {
        return AS_PHONE_PLAN_FIXED;
    }
    if (is_possible(p, region, number)) {
        return AS_PHONE_PLAN_UNKNOWN;
    }
    return fits(region->general, number) ? AS_PHONE_PLAN_OTHER : AS_PHONE_PLAN_NONE;
}

int as_phone_plan_is_likelier(as_phone_plan_kind_t kind, as_phone_plan_kind_t than)
{
    return kind > than && !(kind == AS_PHONE_PLAN_FIXED && than == AS_PHONE_PLAN_REFUSED);
}

/* Exchange a former form for today's, unless the number is more likely one as it is. */
static as_phone_plan_kind_t bring_up_to_date(apr_pool_t *p, const as_phone_plan_region_t *region,
                                             const char **number)
{
    as_phone_plan_kind_t kind = kind_of(p, region, *number);

    for (apr_size_t i = 0; i < sizeof(former_forms) / sizeof(former_forms[0]); i++) {
        const char *today = NULL;
        as_phone_plan_kind_t today_kind;

        if (kind != AS_PHONE_PLAN_MOBILE && strcmp(former_forms[i].code, region->code) == 0) {
            today = exchanged(p, former_forms[i].former, former_forms[i].today, *number);
        }
        today_kind = today ? kind_of(p, region, today) : AS_PHONE_PLAN_NONE;
        if (today && !as_phone_plan_is_likelier(kind, today_kind)) {
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
        number = national_in(p, region, typed);
        kind = bring_up_to_date(p, region, &number);
        /* What one region refuses is no fixed line of another. */
        if (as_phone_plan_is_likelier(kind, found) ||
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
