/* SPDX-License-Identifier: Apache-2.0 */
#include "text/ascii.h"

#include <unictype.h>
#include <unistr.h>

#include <string.h>

#include "base/utf8.h"

enum {
    MINUS_SIGN = 0x2212,
    FULLWIDTH_FIRST = 0xff01, /* "!" */
    FULLWIDTH_LAST = 0xff5e,  /* "~" */
    FULLWIDTH_TO_ASCII = 0xfee0,
    ASCII_MAX = 0x7f,
    REMOVED = 0,
    REJECTED = -1,
};

/* The ASCII character for this code point, or REMOVED or REJECTED. */
static int to_ascii(ucs4_t point)
{
    int value;

    if (uc_is_property_white_space(point)) {
        return ' ';
    }
    if (point <= ASCII_MAX) {
        return (int)point;
    }
    value = uc_decimal_value(point);
    if (value >= 0) {
        return '0' + value;
    }
    if (point == MINUS_SIGN || uc_is_general_category_withtable(point, UC_CATEGORY_MASK_Pd)) {
        return '-';
    }
    if (uc_is_general_category_withtable(point, UC_CATEGORY_MASK_Cf) ||
        uc_is_property_variation_selector(point)) {
        return REMOVED;
    }
    return point >= FULLWIDTH_FIRST && point <= FULLWIDTH_LAST ? (int)(point - FULLWIDTH_TO_ASCII)
                                                               : REJECTED;
}

apr_status_t as_ascii_from_utf8(apr_pool_t *p, const char *typed, const char **ascii)
{
    const uint8_t *at = (const uint8_t *)typed;
    char *out, *end;
    ucs4_t point;

    if (!as_utf8_is_valid(typed, strlen(typed))) {
        return APR_EINVAL;
    }
    out = end = apr_palloc(p, strlen(typed) + 1);
    while ((at = u8_next(&point, at)) != NULL) {
        int c = to_ascii(point);

        if (c == REJECTED) {
            return APR_EINVAL;
        }
        if (c != REMOVED) {
            *end++ = (char)c;
        }
    }
    *end = '\0';
    *ascii = out;
    return APR_SUCCESS;
}

int as_ascii_starts_with_digit(const char *text)
{
    ucs4_t point;

    return as_utf8_is_valid(text, strlen(text)) && u8_next(&point, (const uint8_t *)text) &&
           uc_decimal_value(point) >= 0;
}
