/* SPDX-License-Identifier: Apache-2.0 */
/* Numbering plans: which kind of number this is, and its current national form. */
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
    const char *prefix;    /* national prefix */
    const char *transform; /* replacement of prefix, "9$1"; NULL: remove it */
    apr_uint32_t mobile_lengths; /* bit n: a mobile may have n digits */
} as_phone_plan_region_t;

/* Every region, ordered by calling code. The last entry has code NULL. */
extern const as_phone_plan_region_t as_phone_tables[];

/* The calling code that these digits begin with; NULL: not assigned. */
const char *as_phone_plan_calling_code(const char *digits);

/* The kind of a number, from the least to the most certain. */
typedef enum as_phone_plan_kind_t {
    AS_PHONE_PLAN_NONE,    /* no such number */
    AS_PHONE_PLAN_OTHER,   /* valid, but no kind below, and no mobile has this length */
    AS_PHONE_PLAN_UNKNOWN, /* none of the kinds below, but of a mobile's length: VoIP, pagers,
                            * personal numbers, and ranges newer than the tables */
    AS_PHONE_PLAN_REFUSED, /* toll-free, premium rate, shared cost, company, voicemail */
    AS_PHONE_PLAN_FIXED,
    AS_PHONE_PLAN_MOBILE, /* or a fixed line of the same form */
} as_phone_plan_kind_t;

/*
 * Find the national (significant) number for digits typed without their calling code, in the form
 * that is dialled today. If several regions share the code, the first region in which it is a
 * mobile wins, else the one with the most certain kind. *national is NULL only with NONE.
 */
as_phone_plan_kind_t as_phone_plan_find_national(apr_pool_t *p, const char *code, const char *typed,
                                                 const char **national);

/* Is `kind` more certain than `than`? A fixed line is not more certain than a refused number. */
int as_phone_plan_is_likelier(as_phone_plan_kind_t kind, as_phone_plan_kind_t than);

#endif
