/* SPDX-License-Identifier: Apache-2.0 */
/* What a person types: forms, usernames, codes, numbers, durations. */
#include "token_support.h"

#include <apr_strings.h>

#include "account/code.h"
#include "account/phone.h"
#include "account/username.h"
#include "base/duration.h"
#include "base/random.h"
#include "base/utf8.h"
#include "text/form.h"

/* ---- forms ---- */

static apr_status_t parse(apr_pool_t *p, const char *text, int repeats, apr_array_header_t **fields)
{
    return as_form_parse(p, text, strlen(text), repeats, fields);
}

static void forms_are_decoded(void **state)
{
    apr_array_header_t *f;

    assert_int_equal(parse(*state, "a=1&b=x+y%20z&c=%2B%26%3d&d&&e=&%66=%C3%A9", 0, &f),
                     APR_SUCCESS);
    assert_int_equal(f->nelts, 6);
    assert_string_equal(as_form_get(f, "a"), "1");
    assert_string_equal(as_form_get(f, "b"), "x y z");
    assert_string_equal(as_form_get(f, "c"), "+&=");
    assert_string_equal(as_form_get(f, "d"), "");
    assert_string_equal(as_form_get(f, "e"), "");
    assert_string_equal(as_form_get(f, "f"), "\xc3\xa9");
    assert_null(as_form_get(f, "g"));
    assert_int_equal(parse(*state, "a=1&a=2", 1, &f), APR_SUCCESS);
    assert_int_equal(f->nelts, 2);
    assert_string_equal(as_form_encode(*state, "a+b c/\xc3\xa9-._~"), "a%2Bb%20c%2F%C3%A9-._~");
}

static void broken_forms_are_refused(void **state)
{
    static const char *const broken[] = {"a=%",    "a=%1",     "a=%zz",      "a=%0g",  "%",
                                         "a=%00",  "%00=a",    "a=%ff",      "a=\xff", "a=1&a=2",
                                         "a&%61=", "a=%c0%af", "a=%ed%a0%80"};
    apr_array_header_t *f;

    for (apr_size_t i = 0; i < COUNT(broken); i++) {
        assert_int_equal(parse(*state, broken[i], 0, &f), APR_EINVAL);
    }
    assert_int_equal(as_form_parse(*state, "a=\0", 3, 0, &f), APR_EINVAL);
}

/* ---- UTF-8 ---- */

static void utf8_is_counted_and_cut(void **state)
{
    (void)state;
    assert_int_equal(as_utf8_count_points("a\xc3\xa9\xf0\x9f\x98\x80", 7), 3);
    assert_int_equal(as_utf8_truncated_length("a\xc3\xa9", 2), 1);
    assert_int_equal(as_utf8_truncated_length("a\xc3\xa9", 3), 3);
    assert_int_equal(as_utf8_truncated_length("a", 5), 1);
    assert_int_equal(as_utf8_truncated_length("\xf0\x9f\x98\x80", 3), 0);
    assert_true(as_utf8_is_valid("\0", 1));
}

/* ---- usernames ---- */

static void folded_names_meet(void **state)
{
    static const char *const pairs[][2] = {
        {"Alice", "alice"},
        {"ALICE", "\xef\xbc\xa1\xef\xbd\x8c\xef\xbd\x89\xef\xbd\x83\xef\xbd\x85"}, /* full width */
        {"Stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xef\xac\x81le", "File"},      /* the fi ligature */
        {"caf\xc3\xa9", "cafe\xcc\x81"}, /* composed, combining */
        {"a\xc2\xad"
         "b",
         "ab"}, /* soft hyphen */
        {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"}, /* final sigma */
        {"\xe2\x84\xaa", "k"},                                        /* the Kelvin sign */
        {"\xc4\xb0", "i\xcc\x87"},                                    /* I with a dot */
    };

    for (apr_size_t i = 0; i < COUNT(pairs); i++) {
        const char *a, *b, *again;

        assert_int_equal(as_username_fold(*state, pairs[i][0], &a), APR_SUCCESS);
        assert_int_equal(as_username_fold(*state, pairs[i][1], &b), APR_SUCCESS);
        assert_string_equal(a, b);
        assert_int_equal(as_username_fold(*state, a, &again), APR_SUCCESS);
        assert_string_equal(a, again);
    }
}

static void different_names_stay_apart(void **state)
{
    const char *dotless, *i, *none;

    assert_int_equal(as_username_fold(*state, "\xc4\xb1", &dotless), APR_SUCCESS);
    assert_int_equal(as_username_fold(*state, "i", &i), APR_SUCCESS);
    assert_string_not_equal(dotless, i);
    assert_int_equal(as_username_fold(*state, "\xff", &none), APR_EINVAL);
}

static void names_are_checked(void **state)
{
    static const char *const good[] = {"a",
                                       "A b",
                                       "caf\xc3\xa9",
                                       "\xe6\x97\xa5\xe6\x9c\xac",
                                       "o'neil",
                                       "\xf0\x9f\x98\x80",
                                       "a.b@example.org",
                                       "%s"};
    static const char *const bad[] = {"",
                                      " a",
                                      "a ",
                                      "a\n",
                                      "\x01",
                                      "a\x7f",
                                      "\xc2\xa0"
                                      "a",
                                      "a\xe2\x80\x8b",
                                      "\xe2\x80\xae"
                                      "a",
                                      "a\xc2\xad",
                                      "\xee\x80\x80",
                                      "\xcd\xb8",
                                      "\xef\xbf\xbe",
                                      "\xff",
                                      "\xe3\x80\x80"};
    char longest[AS_USERNAME_MAX * 2 + 3];

    for (apr_size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(as_username_validate(*state, good[i]), APR_SUCCESS);
    }
    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        if (as_username_validate(*state, bad[i]) != APR_EINVAL) {
            fail_msg("taken: number %d", (int)i);
        }
    }
    for (apr_size_t i = 0; i < AS_USERNAME_MAX + 1; i++) {
        memcpy(longest + 2 * i, "\xc3\xa9", 3);
    }
    assert_int_equal(as_username_validate(*state, longest), APR_EINVAL);
    longest[2 * AS_USERNAME_MAX] = '\0';
    assert_int_equal(as_username_validate(*state, longest), APR_SUCCESS);
}

/* ---- codes ---- */

static void codes_are_cleaned(void **state)
{
    static const char *const good[][2] = {
        {"123456", "123456"},
        {" 123 456\n", "123456"},
        {"1234567", "1234567"},
        {"1 23456", "123456"},
        {"123456789012", "123456789012"},
        {"123  456", "123456"},
        {"12 34 56", "123456"},
        {"123-456", "123456"},
        {"-123456", "123456"},
        {"1-2-3-4-5-6", "123456"},
        {"12/34/56", "123456"},
        {"G-123456", "123456"},
        {" g-123 456", "123456"},
        {"\u00a0123\u202f456\u3000", "123456"},             /* no-break, narrow, ideographic */
        {"123\u2013456", "123456"},                         /* en dash */
        {"123\u2212456", "123456"},                         /* minus sign */
        {"\u200e123\u2060456\u202c", "123456"},             /* marks of direction, word joiner */
        {"1\ufe0f2\ufe0f3\ufe0f456", "123456"},             /* variation selectors */
        {"\u0661\u0662\u0663\u0664\u0665\u0666", "123456"}, /* Arabic-Indic */
        {"\u06f1\u0968\u0e53\u1044\uff15\U0001d7ec", "123450"},
        {"\uff27\uff0d\uff11\uff12\uff13\uff14\uff15\uff16", "123456"}, /* full width */
    };
    static const char *const bad[] = {"",
                                      "12345",
                                      "1234567890123",
                                      "12345a",
                                      "+123456",
                                      "123456.",
                                      "(123456)",
                                      "../sms",
                                      "123456#",
                                      "G123456",
                                      "GG-123456",
                                      "G-G-123456",
                                      "123456G-",
                                      "H-123456",
                                      "G-",
                                      "123456\x01",
                                      "123456\x7f",
                                      "12345\u00b2",  /* superscript two: no decimal digit */
                                      "12345\u2465",  /* circled six */
                                      "12345\u0439",  /* a letter */
                                      "123456\u0301", /* a combining accent */
                                      "123456\xff",
                                      "123456\xd9"};
    const char *code;

    for (apr_size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(as_code_normalize(*state, good[i][0], &code), APR_SUCCESS);
        assert_string_equal(code, good[i][1]);
    }
    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        if (as_code_normalize(*state, bad[i], &code) != APR_EINVAL) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void codes_are_for_one_row(void **state)
{
    const as_span_t one = {"one secret of 32 bytes for tests", 32},
                    two = {"another one of 32 bytes for them", 32};
    apr_array_header_t *secrets = apr_array_make(*state, 2, sizeof(as_span_t));
    const char *digest;

    APR_ARRAY_PUSH(secrets, as_span_t) = two;
    assert_int_equal(as_code_digest(*state, one, "row", "123456", &digest), APR_SUCCESS);
    assert_null(strstr(digest, "123456"));
    assert_false(as_code_matches(*state, secrets, "row", "123456", digest));
    APR_ARRAY_PUSH(secrets, as_span_t) = one;
    assert_true(as_code_matches(*state, secrets, "row", "123456", digest));
    assert_false(as_code_matches(*state, secrets, "row", "123457", digest));
    assert_false(as_code_matches(*state, secrets, "other", "123456", digest));
    assert_false(as_code_matches(*state, secrets, "row", "123456", ""));
}

/* 256 is no multiple of 10: the bytes that would favour some digits are left out. */
static apr_status_t counting_bytes(void *buf, apr_size_t n)
{
    static unsigned char next;

    for (apr_size_t i = 0; i < n; i++) {
        ((unsigned char *)buf)[i] = next++;
    }
    return APR_SUCCESS;
}

static void codes_are_unbiased(void **state)
{
    int counts[10] = {0};

    as_random_set_generator(counting_bytes);
    for (int i = 0; i < 250; i++) {
        const char *code;

        assert_int_equal(as_code_generate(*state, 10, &code), APR_SUCCESS);
        assert_int_equal(strlen(code), 10);
        for (int j = 0; j < 10; j++) {
            counts[code[j] - '0']++;
        }
    }
    as_random_set_generator(NULL);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(counts[i], 250);
    }
}

/* ---- numbers ---- */

static const struct {
    const char *number, *country, *e164, *code;
} numbers[] = {
    {"07700 900123", "+44", "+447700900123", "+44"},
    {"7700900123", "44", "+447700900123", "+44"},
    {"+44 7700 900123", "+1", "+447700900123", "+44"},
    {"0044-7700-900123", "+1", "+447700900123", "+44"},
    {"+44 (0)7700 900123", "+1", "+447700900123", "+44"},
    {"(07700) 900.123", "0044", "+447700900123", "+44"},
    {"(415) 555-2671", "1", "+14155552671", "+1"},
    {"+1 415 555 2671", "+44", "+14155552671", "+1"},
    {"+7 912 345-67-89", "+44", "+79123456789", "+7"},
    {"+353 87 123 4567", "+44", "+353871234567", "+353"},
    {"447700900123", "44", "+447700900123", "+44"}, /* the code typed twice over */
    {"+44 07700 900123", "+1", "+447700900123", "+44"},
    {"1 (415) 555-2671", "1", "+14155552671", "+1"},
    {"9 11 2345-6789", "54", "+5491123456789", "+54"},
    {"011 15-2345-6789", "54", "+5491123456789", "+54"},
    {"11 15 2345 6789", "54", "+5491123456789", "+54"},
    {"+54 011 15 2345 6789", "44", "+5491123456789", "+54"},
    {"02223 15 123456", "54", "+5492223123456", "+54"},
    {"8 (912) 345-67-89", "7", "+79123456789", "+7"},
    {"8 771 000 9998", "7", "+77710009998", "+7"}, /* Kazakhstan's */
    {"210 1234", "1876", "+18762101234", "+1"},    /* Jamaica's */
    {"0876 210 1234", "+1", "+18762101234", "+1"}, /* a 0 that is none */
    {"312 345 6789", "39", "+393123456789", "+39"},
    {"06 612 3456", "242", "+242066123456", "+242"},       /* its 0 stays */
    {"0 15 11 96123 4567", "55", "+5511961234567", "+55"}, /* a carrier chosen */
    {"+7 777 000 0000", "44", "+77770000000", "+7"},
    {"07781 123456", "44", "+447781123456", "+44"},  /* Guernsey's */
    {"+1 500 555 0006", "44", "+15005550006", "+1"}, /* a personal number, Twilio's for tests */
    {"+1 415 155 2671", "44", "+14151552671", "+1"}, /* of a range that nobody knows */
    {"+690 7290", "44", "+6907290", "+690"},
    /* Codes typed although they need not be, where the whole could be a number that nobody knows.
     */
    {"31612345678", "31", "+31612345678", "+31"},
    {"4915123456789", "49", "+4915123456789", "+49"}, /* the whole could be a fixed line */
    {"43664123456", "43", "+43664123456", "+43"},
    {"6907290", "690", "+6907290", "+690"},
    /* As pasted, and from other keyboards. */
    {"07700/900123", "44", "+447700900123", "+44"},
    {"\u202a+44\u00a07700\u2011900\u2011123\u202c", "1", "+447700900123", "+44"},
    {"\uff0b\uff14\uff14\u3000\uff08\uff10\uff09\uff17\uff17\uff10\uff10\uff0d\uff19\uff10\uff10"
     "\uff11\uff12\uff13",
     "1", "+447700900123", "+44"},
    {"+\u0664\u0664 \u0667\u0667\u0660\u0660 \u0669\u0660\u0660\u0661\u0662\u0663", "1",
     "+447700900123", "+44"},
    {"\u06f0\u06f9\u06f1\u06f2 \u06f3\u06f4\u06f5 \u06f6\u06f7\u06f8\u06f9", "\u0669\u0668",
     "+989123456789", "+98"},
    {"07700\u2212900\u2013123\ufe0f", "\uff0b44", "+447700900123", "+44"},
    {"210-1234", "1-876", "+18762101234", "+1"},
    /* Forms of the past. */
    {"+54 11 2345-6789", "44", "+5491123456789", "+54"},
    {"011 2345-6789", "54", "+5491123456789", "+54"},
    {"+54 9 11 15 2345-6789", "44", "+5491123456789", "+54"},
    {"+54 2223 123456", "44", "+5492223123456", "+54"},
    {"+52 55 1234 5678", "44", "+525512345678", "+52"},
    {"+52 1 55 1234 5678", "44", "+525512345678", "+52"},
    {"1 55 1234 5678", "52", "+525512345678", "+52"},
    {"044 55 1234 5678", "52", "+525512345678", "+52"},
    {"045 55 1234 5678", "+52", "+525512345678", "+52"},
    {"01 55 1234 5678", "+52", "+525512345678", "+52"},
    {"+52 044 55 1234 5678", "44", "+525512345678", "+52"},
    {"+52 1 33 1234 5678", "44", "+523312345678", "+52"},
    {"+55 11 96123-4567", "44", "+5511961234567", "+55"},
    {"+55 11 8123-4567", "44", "+5511981234567", "+55"},
    {"+55 11 9123-4567", "44", "+5511991234567", "+55"},
    {"(11) 8123-4567", "55", "+5511981234567", "+55"},
    {"0 15 11 8123 4567", "55", "+5511981234567", "+55"},
    {"+55 11 7123-4567", "44", "+551171234567", "+55"}, /* of eight digits to this day */
};

static const char *const no_numbers[] = {"",
                                         "+",
                                         "00",
                                         "abc",
                                         "+1234567",
                                         "+1234567890123456",
                                         "+0123456789",
                                         "123",
                                         "+44 7700 900123 x1",
                                         "+44+7700900123",
                                         "07700 90012\u00b2",
                                         "07700 90012\u2462",
                                         "07700_900123",
                                         "\u207a447700900123",
                                         "+44 7700 900123\xff",
                                         "+44 7700 90012\x01",
                                         "0000000000",
                                         "+12345678",
                                         "+123456789012345",
                                         "+99912345678", /* assigned to nobody */
                                         "+21012345678",
                                         "020 7946 0958", /* fixed lines */
                                         "+39 06 1234 5678",
                                         "+33 1 23 45 67 89",
                                         "+1 876 601 0123",
                                         "+54 11 15 234 567", /* too short */
                                         "07700 90012",
                                         "+44 7700 9001234",
                                         "+44 909 879 0123", /* premium rate */
                                         "+1 900 234 5678",
                                         "+33 899 123 456",
                                         "+979 1 23456789",
                                         "+1 800 234 5678", /* toll free */
                                         "+800 1234 5678",
                                         "+44 845 464 0123",  /* shared cost */
                                         "+44 55 1234 5678"}; /* of companies */

/* Fixed lines and the like as they are dialled at home, which could be taken for others' mobiles.
 */
static const struct {
    const char *number, *country;
} deaf_at_home[] = {
    {"0369 976 4902", "39"}, {"+39 0369 976 4902", "44"}, {"06 44 310 196", "36"},
    {"06 90 156 623", "36"}, {"01 26 68 20", "241"},      {"(0922) 111 015 905", "92"},
    {"+247 020144", "44"},   {"06 60 123456", "36"},      {"31106819648", "31"},
};

static void numbers_become_e164(void **state)
{
    const char *e164, *code;

    for (apr_size_t i = 0; i < COUNT(numbers); i++) {
        assert_int_equal(as_phone_normalize(*state, numbers[i].number, numbers[i].country,
                                            AS_PHONE_TYPES_MOBILE, &e164, &code),
                         APR_SUCCESS);
        assert_string_equal(e164, numbers[i].e164);
        assert_string_equal(code ? code : "none", numbers[i].code ? numbers[i].code : "none");
    }
    for (apr_size_t i = 0; i < COUNT(no_numbers); i++) {
        if (as_phone_normalize(*state, no_numbers[i], "+44", AS_PHONE_TYPES_MOBILE, &e164, &code) !=
            APR_EINVAL) {
            fail_msg("taken: %s", no_numbers[i]);
        }
    }
    for (apr_size_t i = 0; i < COUNT(deaf_at_home); i++) {
        if (as_phone_normalize(*state, deaf_at_home[i].number, deaf_at_home[i].country,
                               AS_PHONE_TYPES_MOBILE, &e164, &code) != APR_EINVAL) {
            fail_msg("taken: %s as %s", deaf_at_home[i].number, e164);
        }
    }
}

/* What AuthSMSNumberTypes any lets in, and what it does not. */
static void any_line_can_be_accepted(void **state)
{
    static const struct {
        const char *number, *country, *e164; /* NULL: none */
    } rows[] = {
        {"07700 900123", "44", "+447700900123"},
        {"020 7946 0958", "44", "+442079460958"},
        {"+39 06 1234 5678", "44", "+390612345678"},
        {"+33 1 23 45 67 89", "44", "+33123456789"},
        {"+1 876 601 0123", "44", "+18766010123"},
        {"06 44 310 196", "36", "+3644310196"},
        {"01 26 68 20", "241", "+24101266820"},
        {"31106819648", "31", "+31106819648"},
        {"+49 32 123456789", "44", "+4932123456789"}, /* VoIP, longer than a mobile */
        {"+54 11 2345-6789", "44", "+5491123456789"}, /* what is a mobile stays one */
        {"+44 909 879 0123", "44", NULL},             /* premium rate */
        {"+1 900 234 5678", "44", NULL},
        {"0899 123 456", "33", NULL},
        {"+979 1 23456789", "44", NULL},
        {"+1 800 234 5678", "44", NULL}, /* toll free */
        {"0800 123 4567", "44", NULL},
        {"+800 1234 5678", "44", NULL},
        {"0845 464 0123", "44", NULL}, /* shared cost */
        {"+44 55 1234 5678", "44", NULL},
        {"123", "44", NULL},
        {"+44 7700 90012", "44", NULL},
    };
    const char *e164, *code;

    for (apr_size_t i = 0; i < COUNT(rows); i++) {
        apr_status_t rv = as_phone_normalize(*state, rows[i].number, rows[i].country,
                                             AS_PHONE_TYPES_ANY, &e164, &code);

        print_message("# %s\n", rows[i].number);
        assert_int_equal(rv, rows[i].e164 ? APR_SUCCESS : APR_EINVAL);
        if (rv == APR_SUCCESS) {
            assert_string_equal(e164, rows[i].e164);
        }
    }
}

static int allowed(apr_pool_t *p, const char *const *rules, const char *e164)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(as_phone_rule_t));

    for (; *rules; rules++) {
        assert_int_equal(as_phone_parse_rule(p, *rules, apr_array_push(list)), APR_SUCCESS);
    }
    return as_phone_is_allowed(list, e164);
}

static void countries_are_allowed(void **state)
{
    static const char *const some[] = {"+1", "-+1876", "44", NULL};
    static const char *const but[] = {"-+1876", NULL};
    static const char *const all[] = {"all", "-+33", NULL};
    as_phone_rule_t rule;

    assert_true(allowed(*state, some, "+14155552671"));
    assert_false(allowed(*state, some, "+18765551234"));
    assert_true(allowed(*state, some, "+447700900123"));
    assert_false(allowed(*state, some, "+33612345678"));
    assert_true(allowed(*state, but, "+33612345678"));
    assert_false(allowed(*state, but, "+18765551234"));
    assert_true(allowed(*state, all, "+447700900123"));
    assert_false(allowed(*state, all, "+33612345678"));
    assert_true(as_phone_is_allowed(NULL, "+33612345678"));
    assert_int_equal(as_phone_parse_rule(*state, "-all", &rule), APR_EINVAL);
    assert_int_equal(as_phone_parse_rule(*state, "+4x", &rule), APR_EINVAL);
}

/* ---- durations ---- */

static void durations_are_read(void **state)
{
    static const struct {
        const char *text;
        apr_int64_t seconds;
    } good[] = {{"0", 0},     {"90", 90},       {"30s", 30},         {"10m", 600},
                {"1h", 3600}, {"30d", 2592000}, {"3650d", 315360000}};
    static const char *const bad[] = {"",
                                      "s",
                                      "-1",
                                      "+1",
                                      "1.5h",
                                      "1w",
                                      "1H",
                                      "1 h",
                                      "1hh",
                                      "3651d",
                                      "99999999999999999999",
                                      "1h30m",
                                      "0x10"};
    apr_interval_time_t t;

    (void)state;
    for (apr_size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(as_duration_parse(good[i].text, &t), APR_SUCCESS);
        assert_int_equal(apr_time_sec(t), good[i].seconds);
    }
    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(as_duration_parse(bad[i], &t), APR_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(forms_are_decoded),          POOL_TEST(broken_forms_are_refused),
        POOL_TEST(utf8_is_counted_and_cut),    POOL_TEST(folded_names_meet),
        POOL_TEST(different_names_stay_apart), POOL_TEST(names_are_checked),
        POOL_TEST(codes_are_cleaned),          POOL_TEST(codes_are_for_one_row),
        POOL_TEST(codes_are_unbiased),         POOL_TEST(numbers_become_e164),
        POOL_TEST(any_line_can_be_accepted),   POOL_TEST(countries_are_allowed),
        POOL_TEST(durations_are_read),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
