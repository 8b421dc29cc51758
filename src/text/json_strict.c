/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_strict.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/json_unescape.h"

enum { DEPTH_MAX = 32, MEMBERS_MAX = 4096, FEW_MEMBERS = 16 };

enum { HIGH_SURROGATE_MIN = 0xd800, LOW_SURROGATE_MIN = 0xdc00, LOW_SURROGATE_MAX = 0xdfff };

typedef struct scan_t {
    const char *at;
    const char *end;
    int depth;                 /* levels of nesting left */
    int escaped;               /* does the last string have escapes? */
    apr_array_header_t *found; /* collects the members of the next object; NULL: none */
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
    int matches = s->at < s->end && *s->at == c;

    s->at += matches;
    return matches;
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
    int valid;

    take(s, '-');
    valid = take(s, '0') || scan_digits(s);
    if (valid && take(s, '.')) {
        valid = scan_digits(s);
    }
    if (valid && (take(s, 'e') || take(s, 'E'))) {
        if (!take(s, '+')) {
            take(s, '-');
        }
        valid = scan_digits(s);
    }
    return valid;
}

static int scan_word(scan_t *s, const char *word)
{
    apr_size_t len = strlen(word);
    int matches = (apr_size_t)(s->end - s->at) >= len && memcmp(s->at, word, len) == 0;

    s->at += matches ? len : 0;
    return matches;
}

/* The value of the four digits of \uXXXX; -1: invalid. */
static int scan_hex4(scan_t *s)
{
    int value = 0;

    if (s->end - s->at < 4) {
        return -1;
    }
    for (int i = 0; i < 4 && value >= 0; i++) {
        int digit = as_json_unescape_hex_digit(*s->at++);

        value = digit < 0 ? -1 : value * 16 + digit;
    }
    return value;
}

/* After \u. Rejects U+0000 and surrogates that are not a pair, high first. */
static int scan_unicode(scan_t *s)
{
    int unit = scan_hex4(s);

    if (unit >= HIGH_SURROGATE_MIN && unit < LOW_SURROGATE_MIN) {
        unit = take(s, '\\') && take(s, 'u') ? scan_hex4(s) : -1;
        return unit >= LOW_SURROGATE_MIN && unit <= LOW_SURROGATE_MAX;
    }
    return unit > 0 && !(unit >= LOW_SURROGATE_MIN && unit <= LOW_SURROGATE_MAX);
}

static int scan_escape(scan_t *s)
{
    char escaped;

    if (s->at == s->end) {
        return 0;
    }
    if (take(s, 'u')) {
        return scan_unicode(s);
    }
    escaped = *s->at++;
    return escaped && strchr("\"\\/bfnrt", escaped) != NULL;
}

/* The next quote, backslash or control character. UTF-8 was checked for the whole text. */
static const char *skip_plain(const char *at, const char *end)
{
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20) {
        at++;
    }
    return at;
}

static int scan_string(scan_t *s)
{
    int valid = take(s, '"');

    s->escaped = 0;
    s->at = valid ? skip_plain(s->at, s->end) : s->at;
    while (valid && take(s, '\\')) {
        s->escaped = 1;
        valid = scan_escape(s);
        s->at = valid ? skip_plain(s->at, s->end) : s->at;
    }
    return valid && take(s, '"');
}

static int scan_array(scan_t *s)
{
    int valid = 1;

    skip_blanks(s);
    if (take(s, ']')) {
        return 1;
    }
    do {
        valid = scan_value(s);
        skip_blanks(s);
    } while (valid && take(s, ','));
    return valid && take(s, ']');
}

/* ---- names, compared after unescaping ---- */

static int compare_names(const void *a, const void *b)
{
    const as_json_strict_member_t *x = a;
    const as_json_strict_member_t *y = b;
    as_json_unescape_t p = {.at = x->name.data, .end = x->name.data + x->name.len};
    as_json_unescape_t q = {.at = y->name.data, .end = y->name.data + y->name.len};
    int c, d;

    do {
        c = as_json_unescape_next(&p);
        d = as_json_unescape_next(&q);
    } while (c == d && c >= 0);
    return c - d;
}

static int names_equal(const as_json_strict_member_t *a, const as_json_strict_member_t *b)
{
    return a->name_escaped || b->name_escaped
               ? compare_names(a, b) == 0
               : a->name.len == b->name.len && memcmp(a->name.data, b->name.data, a->name.len) == 0;
}

static int has_duplicate_of_few(const as_json_strict_member_t *names, apr_size_t count)
{
    int duplicate = 0;

    for (apr_size_t i = 1; !duplicate && i < count; i++) {
        for (apr_size_t j = 0; !duplicate && j < i; j++) {
            duplicate = names_equal(&names[i], &names[j]);
        }
    }
    return duplicate;
}

static int has_duplicate_of_many(as_json_strict_member_t *names, apr_size_t count)
{
    int duplicate = 0;

    qsort(names, count, sizeof(names[0]), compare_names);
    for (apr_size_t i = 1; !duplicate && i < count; i++) {
        duplicate = names_equal(&names[i - 1], &names[i]);
    }
    return duplicate;
}

/* ---- objects ---- */

/* The members of one object. Up to 16 need no allocation. */
typedef struct members_t {
    as_json_strict_member_t few[FEW_MEMBERS];
    as_json_strict_member_t *all;
    apr_size_t count;
    apr_size_t room;
} members_t;

/* A new member; NULL: too many, or no memory. */
static as_json_strict_member_t *add_member(members_t *members)
{
    apr_size_t room = members->room * 2;
    as_json_strict_member_t *more;

    if (members->count == members->room) {
        more = room <= MEMBERS_MAX ? malloc(room * sizeof(*more)) : NULL;
        if (!more) {
            return NULL;
        }
        memcpy(more, members->all, members->count * sizeof(*more));
        if (members->all != members->few) {
            free(members->all);
        }
        members->all = more;
        members->room = room;
    }
    return &members->all[members->count++];
}

static int scan_member(scan_t *s, as_json_strict_member_t *member)
{
    const char *start;

    skip_blanks(s);
    start = s->at + 1;
    if (!scan_string(s)) {
        return 0;
    }
    member->name = (as_span_t){start, (apr_size_t)(s->at - start) - 1};
    member->name_escaped = s->escaped;
    skip_blanks(s);
    if (!take(s, ':')) {
        return 0;
    }
    skip_blanks(s);
    start = s->at;
    if (!scan_value(s)) {
        return 0;
    }
    member->value = (as_span_t){start, (apr_size_t)(s->at - start)};
    member->value_escaped = s->escaped;
    skip_blanks(s);
    return 1;
}

static int scan_members(scan_t *s, members_t *members)
{
    as_json_strict_member_t *member;
    int valid;

    do {
        member = add_member(members);
        valid = member && scan_member(s, member);
    } while (valid && take(s, ','));
    return valid && take(s, '}');
}

static void append_members(apr_array_header_t *found, const members_t *members)
{
    for (apr_size_t i = 0; i < members->count; i++) {
        APR_ARRAY_PUSH(found, as_json_strict_member_t) = members->all[i];
    }
}

static int scan_object(scan_t *s)
{
    members_t members;
    apr_array_header_t *found = s->found;
    int valid;

    s->found = NULL;
    skip_blanks(s);
    if (take(s, '}')) {
        return 1;
    }
    members.all = members.few;
    members.room = sizeof(members.few) / sizeof(members.few[0]);
    members.count = 0;
    valid = scan_members(s, &members);
    if (valid && found) {
        append_members(found, &members);
    }
    if (valid) {
        valid = members.all == members.few ? !has_duplicate_of_few(members.all, members.count)
                                           : !has_duplicate_of_many(members.all, members.count);
    }
    if (members.all != members.few) {
        free(members.all);
    }
    return valid;
}

static int scan_value(scan_t *s)
{
    int valid = 0;

    skip_blanks(s);
    if (s->at == s->end) {
        return 0;
    }
    switch (*s->at) {
    case '{':
    case '[':
        if (s->depth > 0) {
            s->depth--;
            valid = *s->at++ == '{' ? scan_object(s) : scan_array(s);
            s->depth++;
        }
        break;
    case '"':
        valid = scan_string(s);
        break;
    case 't':
        valid = scan_word(s, "true");
        break;
    case 'f':
        valid = scan_word(s, "false");
        break;
    case 'n':
        valid = scan_word(s, "null");
        break;
    default:
        valid = scan_number(s);
        break;
    }
    return valid;
}

int as_json_strict_scan(const char *data, apr_size_t len, int depth, apr_array_header_t *found)
{
    scan_t s = {
        .at = data,
        .end = data + len,
        .depth = depth < DEPTH_MAX ? depth : DEPTH_MAX,
        .found = found,
    };
    int valid = as_utf8_is_valid(data, len) && scan_value(&s);

    skip_blanks(&s);
    return valid && s.at == s.end;
}

int as_json_strict_is_valid(const char *data, apr_size_t len, int depth)
{
    return as_json_strict_scan(data, len, depth, NULL);
}
