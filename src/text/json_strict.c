/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner in front of json-c: RFC 8259, and nothing beside it. */
#include "text/json_strict.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/json_unescape.h"

enum { DEPTH_MAX = 32, MEMBERS_MAX = 4096 };

typedef struct scan_t {
    const char *at;
    const char *end;
    int depth;                 /* how much deeper it may still go */
    int escaped;               /* has the last string any escapes? */
    apr_array_header_t *found; /* gets the members of the next object; NULL: nothing does */
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
        int digit = as_json_unescape_hex_digit(*s->at++);

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

/* The first quote, backslash or control character from here on. UTF-8 was checked for the whole
 * text. */
static const char *end_of_plain(const char *at, const char *end)
{
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20) {
        at++;
    }
    return at;
}

static int scan_string(scan_t *s)
{
    int fine = take(s, '"');

    s->escaped = 0;
    s->at = fine ? end_of_plain(s->at, s->end) : s->at;
    while (fine && take(s, '\\')) {
        s->escaped = 1;
        fine = scan_escape(s);
        s->at = fine ? end_of_plain(s->at, s->end) : s->at;
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

static int same_name(const as_json_strict_member_t *a, const as_json_strict_member_t *b)
{
    return a->name_escaped || b->name_escaped
               ? compare_names(a, b) == 0
               : a->name.len == b->name.len && memcmp(a->name.data, b->name.data, a->name.len) == 0;
}

static int has_doubled_of_few(const as_json_strict_member_t *names, apr_size_t count)
{
    int doubled = 0;

    for (apr_size_t i = 1; !doubled && i < count; i++) {
        for (apr_size_t j = 0; !doubled && j < i; j++) {
            doubled = same_name(&names[i], &names[j]);
        }
    }
    return doubled;
}

static int has_doubled_of_many(as_json_strict_member_t *names, apr_size_t count)
{
    int doubled = 0;

    qsort(names, count, sizeof(names[0]), compare_names);
    for (apr_size_t i = 1; !doubled && i < count; i++) {
        doubled = same_name(&names[i - 1], &names[i]);
    }
    return doubled;
}

/* ---- objects ---- */

/* The members met so far; on the stack while they are few. */
typedef struct members_t {
    as_json_strict_member_t few[16];
    as_json_strict_member_t *all;
    apr_size_t count;
    apr_size_t room;
} members_t;

/* Room for one more; NULL: there is none. */
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
    int fine;

    do {
        member = add_member(members);
        fine = member && scan_member(s, member);
    } while (fine && take(s, ','));
    return fine && take(s, '}');
}

static void tell(apr_array_header_t *found, const members_t *members)
{
    for (apr_size_t i = 0; i < members->count; i++) {
        APR_ARRAY_PUSH(found, as_json_strict_member_t) = members->all[i];
    }
}

static int scan_object(scan_t *s)
{
    members_t members;
    apr_array_header_t *found = s->found;
    int fine;

    s->found = NULL;
    skip_blanks(s);
    if (take(s, '}')) {
        return 1;
    }
    members.all = members.few;
    members.room = sizeof(members.few) / sizeof(members.few[0]);
    members.count = 0;
    fine = scan_members(s, &members);
    if (fine && found) {
        tell(found, &members);
    }
    if (fine) {
        fine = members.all == members.few ? !has_doubled_of_few(members.all, members.count)
                                          : !has_doubled_of_many(members.all, members.count);
    }
    if (members.all != members.few) {
        free(members.all);
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
        fine = scan_string(s);
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

int as_json_strict_scan(const char *data, apr_size_t len, int depth, apr_array_header_t *found)
{
    scan_t s = {
        .at = data,
        .end = data + len,
        .depth = depth < DEPTH_MAX ? depth : DEPTH_MAX,
        .found = found,
    };
    int fine = as_utf8_is_valid(data, len) && scan_value(&s);

    skip_blanks(&s);
    return fine && s.at == s.end;
}

int as_json_strict_is_valid(const char *data, apr_size_t len, int depth)
{
    return as_json_strict_scan(data, len, depth, NULL);
}
