/* SPDX-License-Identifier: Apache-2.0 */
/* The numbering plans of the world, as far as texts go. */
#ifndef AS_CORE_PHONE_PLAN_H
#define AS_CORE_PHONE_PLAN_H

#include <apr_pools.h>

/* One region. Patterns are of whole national numbers without a trunk prefix; NULL: none. */
typedef struct as_phone_region_t {
    const char *code;      /* calling code, "44" */
    const char *region;    /* ISO 3166-1, "GB"; "001": of no country */
    const char *general;   /* every number */
    const char *mobile;    /* what takes texts for sure */
    const char *deaf;      /* what cannot: fixed lines, toll free, premium rate, shared cost … */
    const char *prefix;    /* what may be dialled before it */
    const char *transform; /* what takes the place of prefix, "9$1"; NULL: nothing does */
    apr_uint32_t mobile_lengths; /* bit n: what takes texts may have n digits */
} as_phone_region_t;

/* By calling code; ends with code NULL. */
extern const as_phone_region_t as_phone_regions[];

/* The calling code that these digits begin with; NULL: none that is assigned. */
const char *as_phone_plan_code(const char *digits);

/*
 * The national (significant) number of what was typed, without its calling code, as the first
 * region of that code has it which knows it for a mobile: *known is 1 then. A number of possible
 * length in a range that no region knows is taken too: ranges are new before tables are.
 * APR_EINVAL: it takes no texts; APR_ENOENT: there can be no such number.
 */
apr_status_t as_phone_plan_national(apr_pool_t *p, const char *code, const char *typed,
                                    const char **national, int *known);

#endif
