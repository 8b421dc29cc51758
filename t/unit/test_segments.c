/* SPDX-License-Identifier: Apache-2.0 */
/* The number of messages that a text needs. */
#include "token_support.h"

#include "sms/segments.h"

static const char *times(apr_pool_t *p, const char *text, int n)
{
    const char *all = "";

    while (n--) {
        all = apr_pstrcat(p, all, text, NULL);
    }
    return all;
}

static void counts_segments(void **state)
{
    static const struct {
        const char *text;
        int n, gsm7, units, count;
    } cases[] = {
        {"a", 0, 1, 0, 0},
        {"a", 160, 1, 160, 1},
        {"a", 161, 1, 161, 2},
        {"a", 306, 1, 306, 2},
        {"a", 307, 1, 307, 3},
        {"€", 80, 1, 160, 1},
        {"€", 81, 1, 162, 2},
        {"[", 1, 1, 2, 1},
        {"@é\n", 1, 1, 3, 1},
        {"Ω", 1, 1, 1, 1},
        {"`", 1, 0, 1, 1},
        {"ç", 70, 0, 70, 1},
        {"ç", 71, 0, 71, 2},
        {"ç", 134, 0, 134, 2},
        {"ç", 135, 0, 135, 3},
        {"\xf0\x9f\x98\x80", 35, 0, 70, 1},
        {"\xf0\x9f\x98\x80", 36, 0, 72, 2},
        {"\t", 1, 0, 1, 1},
        {"Ä{}|~^\\", 1, 1, 13, 1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        as_segments_t s = as_segments_count(times(*state, cases[i].text, cases[i].n));

        assert_int_equal(s.gsm7, cases[i].gsm7);
        assert_int_equal(s.units, cases[i].units);
        assert_int_equal(s.count, cases[i].count);
    }
}

/* An escape and its character, and two surrogates, are not parted. */
static void does_not_split_a_character(void **state)
{
    static const struct {
        const char *text, *between;
        int n, units, count;
    } cases[] = {
        {"a", "€", 152, 306, 3},
        {"a", "€", 151, 304, 2},
        {"ç", "😀", 66, 134, 3},
        {"ç", "😀", 65, 132, 2},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *half = times(*state, cases[i].text, cases[i].n);
        as_segments_t s =
            as_segments_count(apr_pstrcat(*state, half, cases[i].between, half, NULL));

        assert_int_equal(s.units, cases[i].units);
        assert_int_equal(s.count, cases[i].count);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        POOL_TEST(counts_segments),
        POOL_TEST(does_not_split_a_character),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
