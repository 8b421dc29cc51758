/* SPDX-License-Identifier: Apache-2.0 */
/* Mobile numbers: E.164 of what users type, and countries. */
#include "token_support.h"

#include <apr_strings.h>

#include "account/phone.h"

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
static void any_accepts_fixed_lines(void **state)
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

static void only_allowed_countries_are_accepted(void **state)
{
    static const char *const some[] = {"+1", "-+1876", "44", NULL};
    static const char *const but[] = {"-+1876", NULL};
    static const char *const all[] = {"all", "-+33", NULL};
    static const char *const named[] = {"all", "+881", "+8823", NULL};
    static const char *const wide[] = {"+8", NULL};
    static const char *const global[] = {"+870773111632", "+878101234567890", "+881612345678",
                                         "+882161234567", "+883510012345"};
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
    for (apr_size_t i = 0; i < COUNT(global); i++) {
        assert_false(as_phone_is_allowed(NULL, global[i]));
        assert_false(allowed(*state, all, global[i]));
        assert_false(allowed(*state, but, global[i]));
        assert_false(allowed(*state, wide, global[i]));
    }
    assert_true(allowed(*state, wide, "+8613812345678"));
    assert_true(allowed(*state, named, "+881612345678"));
    assert_true(allowed(*state, named, "+882351234567"));
    assert_false(allowed(*state, named, "+882161234567"));
    assert_true(allowed(*state, named, "+33612345678"));
    assert_int_equal(as_phone_parse_rule(*state, "-all", &rule), APR_EINVAL);
    assert_int_equal(as_phone_parse_rule(*state, "+4x", &rule), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(numbers_become_e164),
        POOL_TEST(any_accepts_fixed_lines),
        POOL_TEST(only_allowed_countries_are_accepted),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
