/* SPDX-License-Identifier: Apache-2.0 */
#include "core/phone_plan.h"

#include <apr_strings.h>

#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { LENGTH_MAX = 17, TRANSFORMED_MAX = 64 };

const char *as_phone_plan_code(const char *digits)
{
    const as_phone_region_t *region = as_phone_regions;

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

/* What was dialled, without what is dialled before a number of this region. */
static const char *without_prefix(apr_pool_t *p, const as_phone_region_t *region,
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
static const char *national_in(apr_pool_t *p, const as_phone_region_t *region, const char *dialled)
{
    const char *number = without_prefix(p, region, dialled);

    return fits(region->general, dialled) && !fits(region->general, number) ? dialled : number;
}

/* Could be new, unless it begins with what is dialled before numbers. */
static int is_possible(apr_pool_t *p, const as_phone_region_t *region, const char *number)
{
    return has_length(region->mobile_lengths, number) &&
           strcmp(without_prefix(p, region, number), number) == 0;
}

apr_status_t as_phone_plan_national(apr_pool_t *p, const char *code, const char *typed,
                                    const char **national, int *known)
{
    const char *unknown = NULL;
    int deaf = 0;

    *known = 0;
    for (const as_phone_region_t *region = as_phone_regions; region->code; region++) {
        const char *number;

        if (strcmp(region->code, code) != 0) {
            continue;
        }
        number = national_in(p, region, typed);
        if (has_length(region->mobile_lengths, number) && fits(region->mobile, number)) {
            *national = number;
            *known = 1;
            return APR_SUCCESS;
        }
        deaf |= fits(region->deaf, number);
        if (!unknown && is_possible(p, region, number)) {
            unknown = number;
        }
    }
    *national = unknown;
    return deaf ? APR_EINVAL : unknown ? APR_SUCCESS : APR_ENOENT;
}
