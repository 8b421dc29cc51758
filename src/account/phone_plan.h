/* SPDX-License-Identifier: Apache-2.0 */
/* Numbering plans, reduced to what SMS delivery needs: the kind of a number and its current
 * national form. */
#ifndef AS_ACCOUNT_PHONE_PLAN_H
#define AS_ACCOUNT_PHONE_PLAN_H

#include <apr_pools.h>

/* One region. Patterns match whole national numbers without a trunk prefix; NULL: none. */
typedef struct as_phone_plan_region_t {
    const char *code;      /* calling code, "44" */
    const char *region;    /* ISO 3166-1, "GB"; "001": no country */
    const char *general;   /* any number */
    const char *mobile;    /* mobiles; also fixed lines, if they have the same form */
    const char *fixed;     /* fixed lines; NULL: same form as mobiles */
    const char *refused;   /* toll-free, premium-rate, shared-cost, company and voicemail numbers */
    const char *prefix;    /* national prefix pattern */
    const char *transform; /* prefix replacement rule, "9$1"; NULL: none, the prefix is removed */
    apr_uint32_t mobile_lengths; /* bit n: a mobile may have n digits */
} as_phone_plan_region_t;

/* Every region, ordered by calling code. The last entry has code NULL. */
extern const as_phone_plan_region_t as_phone_tables[];

/* The calling code that these digits begin with; NULL: not assigned. */
const char *as_phone_plan_calling_code(const char *digits);

/* Number kind, in increasing order of confidence. */
typedef enum as_phone_plan_kind_t {
    AS_PHONE_PLAN_NONE,    /* invalid */
    AS_PHONE_PLAN_OTHER,   /* valid, unclassified, not of mobile length */
    AS_PHONE_PLAN_UNKNOWN, /* valid mobile length, unassigned range: VoIP, pagers, personal numbers,
                            * and ranges newer than the tables */
    AS_PHONE_PLAN_REFUSED, /* toll-free, premium rate, shared cost, company, voicemail */
    AS_PHONE_PLAN_FIXED,
    AS_PHONE_PLAN_MOBILE, /* or a fixed line of the same form */
} as_phone_plan_kind_t;

/*
 * Find the national (significant) number for digits typed without their calling code, in the form
 * that is dialled today. Tries the regions of the calling code in order. Returns the first match as
 * mobile, else the match with the highest kind. *national is NULL only with NONE.
 */
as_phone_plan_kind_t as_phone_plan_find_national(apr_pool_t *p, const char *code, const char *typed,
                                                 const char **national);

/* Does `kind` rank above `than`? A fixed line does not rank above a refused number. */
int as_phone_plan_ranks_above(as_phone_plan_kind_t kind, as_phone_plan_kind_t than);

#endif
