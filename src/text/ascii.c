/* SPDX-License-Identifier: Apache-2.0 */
#include "text/ascii.h"

#include <unictype.h>
#include <unistr.h>

#include <string.h>

#include "base/utf8.h"

enum {
    MINUS_SIGN = 0x2212,
    FULLWIDTH_FIRST = 0xff01, /* of "!" */
    FULLWIDTH_LAST = 0xff5e,  /* of "~" */
    FULLWIDTH_TO_ASCII = 0xfee0,
    ASCII_MAX = 0x7f,
    DROPPED = 0,
    REFUSED = -1,
};

/* What stands for this character; DROPPED, REFUSED. */
static int ascii_of(ucs4_t point)
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
        return DROPPED;
    }
    return point >= FULLWIDTH_FIRST && point <= FULLWIDTH_LAST ? (int)(point - FULLWIDTH_TO_ASCII)
                                                               : REFUSED;
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
        int c = ascii_of(point);

        if (c == REFUSED) {
            return APR_EINVAL;
        }
        if (c != DROPPED) {
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
