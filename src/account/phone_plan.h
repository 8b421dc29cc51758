/* SPDX-License-Identifier: Apache-2.0 */
/* The numbering plans of the world, as far as texts go. */
#ifndef AS_ACCOUNT_PHONE_PLAN_H
#define AS_ACCOUNT_PHONE_PLAN_H

#include <apr_pools.h>

/* One region. Patterns are of whole national numbers without a trunk prefix; NULL: none. */
typedef struct as_phone_plan_region_t {
    const char *code;      /* calling code, "44" */
    const char *region;    /* ISO 3166-1, "GB"; "001": of no country */
    const char *general;   /* every number */
    const char *mobile;    /* mobiles, and fixed lines where they look alike */
    const char *fixed;     /* fixed lines; NULL where they look like mobiles */
    const char *refused;   /* toll-free, premium-rate, shared-cost, company and voicemail numbers */
    const char *prefix;    /* what may be dialled before it */
    const char *transform; /* what takes the place of prefix, "9$1"; NULL: nothing does */
    apr_uint32_t mobile_lengths; /* bit n: a mobile may have n digits */
} as_phone_plan_region_t;

/* By calling code; ends with code NULL. */
extern const as_phone_plan_region_t as_phone_tables[];

/* The calling code that these digits begin with; NULL: none that is assigned. */
const char *as_phone_plan_calling_code(const char *digits);

/* What a number is, the less certain before the more certain. */
typedef enum as_phone_plan_kind_t {
    AS_PHONE_PLAN_NONE,    /* there can be no such number */
    AS_PHONE_PLAN_OTHER,   /* the plan has it, in no kind below, and no mobile has its length */
    AS_PHONE_PLAN_UNKNOWN, /* of a length that mobiles have, in a range of no kind below: VoIP,
                            * pagers, personal numbers, and ranges newer than the tables */
    AS_PHONE_PLAN_REFUSED, /* toll-free, premium rate, shared cost, of a company, voicemail */
    AS_PHONE_PLAN_FIXED,
    AS_PHONE_PLAN_MOBILE, /* or a fixed line that looks like one */
} as_phone_plan_kind_t;

/*
 * The national (significant) number of what was typed, without its calling code, in the form that
 * is dialled today: of the first region of that code that knows it for a mobile, else of the one
 * that is the most certain of what it is. *national is NULL with NONE only.
 */
as_phone_plan_kind_t as_phone_plan_find_national(apr_pool_t *p, const char *code, const char *typed,
                                                 const char **national);

/* Is a number of the one kind more likely than another of the other? */
int as_phone_plan_is_likelier(as_phone_plan_kind_t kind, as_phone_plan_kind_t than);

#endif
