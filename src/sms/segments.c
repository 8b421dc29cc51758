/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/segments.h"

#include <apr.h>

/* Code points of the basic table outside ASCII. */
static const apr_uint32_t beyond_ascii[] = {
    0xA1, 0xA3, 0xA4, 0xA5,  0xA7,  0xBF,  0xC4,  0xC5,  0xC6,  0xC7,  0xC9,  0xD1,  0xD6,
    0xD8, 0xDC, 0xDF, 0xE0,  0xE4,  0xE5,  0xE6,  0xE8,  0xE9,  0xEC,  0xF1,  0xF2,  0xF6,
    0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9,
};
/* The extension table: two septets each. */
static const char extension[] = "^{}\\[~]|\f";
/* The only printable ASCII character in neither table is the grave accent. */
enum { EURO = 0x20AC, GRAVE = '`', DELETE = 0x7F, SURROGATES_FROM = 0x10000 };
/* Units of a single message, and of each part of several. */
enum { GSM7_SINGLE = 160, GSM7_PART = 153, UCS2_SINGLE = 70, UCS2_PART = 67 };

static apr_uint32_t next_code_point(const unsigned char **at)
{
    const unsigned char *s = *at;
    int more = s[0] < 0x80 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
    apr_uint32_t c = more ? s[0] & (0x3Fu >> more) : s[0];

    for (int i = 1; i <= more; i++) {
        c = c << 6 | (s[i] & 0x3Fu);
    }
    *at = s + more + 1;
    return c;
}

/* Septets of a character; 0: not in the alphabet. */
static int count_septets(apr_uint32_t c)
{
    int n = c == '\n' || c == '\r' || (c >= ' ' && c < DELETE && c != GRAVE);

    for (const char *e = extension; *e; e++) {
        n = c == (apr_uint32_t)*e ? 2 : n;
    }
    for (apr_size_t i = 0; i < sizeof(beyond_ascii) / sizeof(beyond_ascii[0]); i++) {
        n = c == beyond_ascii[i] ? 1 : n;
    }
    return c == EURO ? 2 : n;
}

/* Units of a character in one of the alphabets. */
static int count_units(apr_uint32_t c, int gsm7)
{
    return gsm7 ? count_septets(c) : c >= SURROGATES_FROM ? 2 : 1;
}

static int is_gsm7(const char *text)
{
    int gsm7 = 1;

    for (const unsigned char *at = (const unsigned char *)text; *at && gsm7;) {
        gsm7 = count_septets(next_code_point(&at)) > 0;
    }
    return gsm7;
}

as_segments_t as_segments_count(const char *text)
{
    as_segments_t s = {.gsm7 = is_gsm7(text)};
    int single = s.gsm7 ? GSM7_SINGLE : UCS2_SINGLE;
    int part = s.gsm7 ? GSM7_PART : UCS2_PART;
    int used = part; /* of the last part */

    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        int n = count_units(next_code_point(&at), s.gsm7);

        /* A character is not split between parts. */
        if (used + n > part) {
            s.count++;
            used = 0;
        }
        used += n;
        s.units += n;
    }
    s.count = s.units > single ? s.count : s.units > 0;
    return s;
}
