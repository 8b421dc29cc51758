/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_output.h"

#include <apr_strings.h>
#include <unictype.h>
#include <unistr.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* Is the character at a byte that is not UTF-8, for which u8_mbtouc gives U+FFFD? */
static int is_invalid(ucs4_t c, int len)
{
    return c == 0xfffd && len < 3;
}

/* Does a terminal show a character as itself? */
static int is_visible(ucs4_t c)
{
    return c == ' ' || !uc_is_general_category_withtable(
                           c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs |
                                  UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cn | UC_CATEGORY_MASK_Zl |
                                  UC_CATEGORY_MASK_Zp);
}

const char *ctl_escape(apr_pool_t *p, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    const apr_size_t longest = strlen("\\xHH");
    const uint8_t *at = (const uint8_t *)(text ? text : "");
    char *escaped = apr_palloc(p, longest * strlen((const char *)at) + 1);
    char *out = escaped;

    while (*at) {
        ucs4_t c;
        /* At a byte that is not UTF-8: that byte, as U+FFFD. */
        int len = u8_mbtouc(&c, at, strlen((const char *)at));

        if (c == '\\') {
            *out++ = '\\';
            *out++ = '\\';
        } else if (is_visible(c) && !is_invalid(c, len)) {
            memcpy(out, at, (size_t)len);
            out += len;
        } else {
            for (int i = 0; i < len; i++) {
                *out++ = '\\';
                *out++ = 'x';
                *out++ = hex[at[i] >> 4];
                *out++ = hex[at[i] & 15];
            }
        }
        at += len;
    }
    *out = '\0';
    return escaped;
}

/* json-c escapes control characters below U+0020 only. Outside of strings JSON is ASCII. */
void ctl_print_json(json_object *object)
{
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE);
    const uint8_t *at = (const uint8_t *)text;

    while (*at) {
        ucs4_t c;
        int len = u8_mbtouc(&c, at, strlen((const char *)at));

        if (is_visible(c) && !is_invalid(c, len)) {
            fwrite(at, 1, (size_t)len, stdout);
        } else if (c < 0x10000) {
            printf("\\u%04x", (unsigned)c);
        } else {
            printf("\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                   (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
        }
        at += len;
    }
    putchar('\n');
}

const char *ctl_format_list(const char *list)
{
    return list && *list ? list : "-";
}

const char *ctl_format_time(apr_pool_t *p, apr_time_t time)
{
    return time ? as_clock_format_rfc3339(p, time) : "never";
}

void ctl_add_text(json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, text ? json_object_new_string(text) : NULL);
}

void ctl_add_time(const ctl_t *ctl, json_object *object, const char *name, apr_time_t time)
{
    ctl_add_text(object, name, time ? as_clock_format_rfc3339(ctl->pool, time) : NULL);
}
