/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
#ifndef AS_BASE_UTF8_H
#define AS_BASE_UTF8_H

#include <apr.h>

/* Is this valid UTF-8? U+0000 is valid here; callers reject it where it matters. */
int as_utf8_is_valid(const char *data, apr_size_t len);

/* Does the text have a control character: a byte below 0x20, or 0x7f? */
int as_utf8_has_control(const char *text);

/* The number of code points of valid UTF-8. */
apr_size_t as_utf8_count_points(const char *data, apr_size_t len);

/* The bytes of `text` (valid UTF-8) to keep for at most `max` bytes without cutting a code point.
 */
apr_size_t as_utf8_truncated_length(const char *text, apr_size_t max);

#endif
