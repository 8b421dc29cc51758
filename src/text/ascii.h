/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and codes as people type and paste them, from any keyboard → ASCII. */
#ifndef AS_TEXT_ASCII_H
#define AS_TEXT_ASCII_H

#include <apr_pools.h>

/*
 * The ASCII form of typed text, by Unicode's properties: a decimal digit of any script (Nd) becomes
 * its value, a full-width form its ASCII counterpart, white space a blank, a dash (Pd, U+2212) a
 * "-". Format characters (Cf) and variation selectors are dropped. APR_EINVAL: not UTF-8, or a
 * character that is none of these.
 */
apr_status_t as_ascii_from_utf8(apr_pool_t *p, const char *typed, const char **ascii);

/* Does the text begin with a decimal digit of any script? */
int as_ascii_starts_with_digit(const char *text);

#endif
