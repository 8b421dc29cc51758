/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner in front of json-c: RFC 8259, and nothing beside it. */
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include "core/json_text.h"
#include "core/utf8.h"

enum { DEPTH_MAX = 32, NAMES_MAX = 4096 };

/* A member's name as it stands, between its quotes. */
typedef struct name_t {
    const char *text;
    apr_size_t len;
} name_t;

typedef struct scan_t {
    const char *at;
    const char *end;
    int depth; /* how much deeper it may still go */
} scan_t;

static int scan_value(scan_t *s);

static void skip_blanks(scan_t *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        s->at++;
    }
}

static int take(scan_t *s, char c)
{
    int there = s->at < s->end && *s->at == c;

    s->at += there;
    return there;
}

static int is_digit(const scan_t *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static int scan_digits(scan_t *s)
{
    const char *start = s->at;

    while (is_digit(s)) {
        s->at++;
    }
    return s->at > start;
}

static int scan_number(scan_t *s)
{
    int fine;

    take(s, '-');
    fine = take(s, '0') || scan_digits(s);
    if (fine && take(s, '.')) {
        fine = scan_digits(s);
    }
    if (fine && (take(s, 'e') || take(s, 'E'))) {
        if (!take(s, '+')) {
            take(s, '-');
        }
        fine = scan_digits(s);
    }
    return fine;
}

static int scan_word(scan_t *s, const char *word)
{
    apr_size_t len = strlen(word);
    int there = (apr_size_t)(s->end - s->at) >= len && memcmp(s->at, word, len) == 0;

    s->at += there ? len : 0;
    return there;
}

/* The four digits of \uXXXX; -1: they are not. */
static int scan_hex4(scan_t *s)
{
    int value = 0;

    if (s->end - s->at < 4) {
        return -1;
    }
    for (int i = 0; i < 4 && value >= 0; i++) {
        int digit = as_json_hex_digit(*s->at++);

        value = digit < 0 ? -1 : value * 16 + digit;
    }
    return value;
}

/* After \u: no U+0000, and surrogates only as a pair, high first. */
static int scan_unicode(scan_t *s)
{
    int unit = scan_hex4(s);

    if (unit >= 0xd800 && unit <= 0xdbff) {
        unit = take(s, '\\') && take(s, 'u') ? scan_hex4(s) : -1;
        return unit >= 0xdc00 && unit <= 0xdfff;
    }
    return unit > 0 && !(unit >= 0xdc00 && unit <= 0xdfff);
}

static int scan_escape(scan_t *s)
{
    if (s->at == s->end) {
        return 0;
    }
    if (take(s, 'u')) {
        return scan_unicode(s);
    }
    return *s->at && strchr("\"\\/bfnrt", *s->at++) != NULL;
}

/* UTF-8 was checked for the whole text. */
static int scan_string(scan_t *s, name_t *name)
{
    const char *start = s->at + 1;
    int fine = take(s, '"');

    while (fine && s->at < s->end && *s->at != '"') {
        if (*s->at == '\\') {
            s->at++;
            fine = scan_escape(s);
        } else {
            fine = (unsigned char)*s->at++ >= 0x20;
        }
    }
    if (name) {
        *name = (name_t){start, (apr_size_t)(s->at - start)};
    }
    return fine && take(s, '"');
}

static int scan_array(scan_t *s)
{
    int fine = 1;

    skip_blanks(s);
    if (take(s, ']')) {
        return 1;
    }
    do {
        fine = scan_value(s);
        skip_blanks(s);
    } while (fine && take(s, ','));
    return fine && take(s, ']');
}

/* ---- names, compared as what they mean ---- */

static int compare_names(const void *a, const void *b)
{
    const name_t *x = a;
    const name_t *y = b;
    as_json_reader_t p = {.at = x->text, .end = x->text + x->len};
    as_json_reader_t q = {.at = y->text, .end = y->text + y->len};
    int c, d;

    do {
        c = as_json_next_byte(&p);
        d = as_json_next_byte(&q);
    } while (c == d && c >= 0);
    return c - d;
}

static int has_doubled(name_t *names, apr_size_t count)
{
    int doubled = 0;

    qsort(names, count, sizeof(names[0]), compare_names);
    for (apr_size_t i = 1; !doubled && i < count; i++) {
        doubled = compare_names(&names[i - 1], &names[i]) == 0;
    }
    return doubled;
}

/* ---- objects ---- */

/* The names met so far; on the stack while they are few. */
typedef struct names_t {
    name_t few[16];
    name_t *all;
    apr_size_t count;
    apr_size_t room;
} names_t;

static int keep_name(names_t *names, name_t name)
{
    apr_size_t room = names->room * 2;
    name_t *more;

    if (names->count == names->room) {
        more = room <= NAMES_MAX ? malloc(room * sizeof(*more)) : NULL;
        if (!more) {
            return 0;
        }
        memcpy(more, names->all, names->count * sizeof(*more));
        if (names->all != names->few) {
            free(names->all);
        }
        names->all = more;
        names->room = room;
    }
    names->all[names->count++] = name;
    return 1;
}

static int scan_members(scan_t *s, names_t *names)
{
    name_t name;
    int fine;

    do {
        skip_blanks(s);
        fine = scan_string(s, &name) && keep_name(names, name);
        skip_blanks(s);
        fine = fine && take(s, ':') && scan_value(s);
        skip_blanks(s);
    } while (fine && take(s, ','));
    return fine && take(s, '}');
}

static int scan_object(scan_t *s)
{
    names_t names = {.all = names.few, .room = sizeof(names.few) / sizeof(names.few[0])};
    int fine;

    skip_blanks(s);
    if (take(s, '}')) {
        return 1;
    }
    fine = scan_members(s, &names) && !has_doubled(names.all, names.count);
    if (names.all != names.few) {
        free(names.all);
    }
    return fine;
}

static int scan_value(scan_t *s)
{
    int fine = 0;

    skip_blanks(s);
    if (s->at == s->end) {
        return 0;
    }
    switch (*s->at) {
    case '{':
    case '[':
        if (s->depth > 0) {
            s->depth--;
            fine = *s->at++ == '{' ? scan_object(s) : scan_array(s);
            s->depth++;
        }
        break;
    case '"':
        fine = scan_string(s, NULL);
        break;
    case 't':
        fine = scan_word(s, "true");
        break;
    case 'f':
        fine = scan_word(s, "false");
        break;
    case 'n':
        fine = scan_word(s, "null");
        break;
    default:
        fine = scan_number(s);
        break;
    }
    return fine;
}

int as_json_strict(const char *data, apr_size_t len, int depth)
{
    scan_t s = {data, data + len, depth < DEPTH_MAX ? depth : DEPTH_MAX};
    int fine = as_utf8_valid(data, len) && scan_value(&s);

    skip_blanks(&s);
    return fine && s.at == s.end;
}
