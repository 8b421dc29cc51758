/* SPDX-License-Identifier: Apache-2.0 */
/* ASCII forms of typed numbers and codes, from any keyboard and script. */
#ifndef AS_TEXT_ASCII_H
#define AS_TEXT_ASCII_H

#include <apr_pools.h>

/*
 * Convert typed text to ASCII by Unicode's properties: a decimal digit of any script (Nd) becomes
 * 0 to 9, a full-width form its ASCII counterpart, white space a blank, a dash (Pd, U+2212) "-".
 * Format characters (Cf) and variation selectors are removed. APR_EINVAL: not UTF-8, or any other
 * character.
 */
apr_status_t as_ascii_from_utf8(apr_pool_t *p, const char *typed, const char **ascii);

/* Does the text begin with a decimal digit of any script? */
int as_ascii_starts_with_digit(const char *text);

#endif
