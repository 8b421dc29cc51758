/* SPDX-License-Identifier: Apache-2.0 */
#include "token_support.h"

#include "base/clock.h"

static const struct {
    apr_time_t t;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {APR_INT64_C(951827696789000), "2000-02-29T12:34:56.789Z"},
    {APR_INT64_C(1795425060000000), "2026-11-23T09:11:00.000Z"},
    {APR_INT64_C(4102444799999000), "2099-12-31T23:59:59.999Z"},
    {APR_INT64_C(253402300799999000), "9999-12-31T23:59:59.999Z"},
};

static void formats_and_parses_dates(void **state)
{
    apr_size_t i;
    apr_time_t t;

    for (i = 0; i < COUNT(times); i++) {
        assert_string_equal(as_clock_format_rfc3339(*state, times[i].t), times[i].text);
        assert_int_equal(as_clock_parse_rfc3339(times[i].text, &t), APR_SUCCESS);
        assert_int_equal(t, times[i].t);
    }
    assert_int_equal(as_clock_parse_rfc3339("2026-11-23T09:11:00Z", &t), APR_SUCCESS);
    assert_int_equal(t, times[2].t);
    assert_string_equal(as_clock_format_rfc3339(*state, times[2].t + 999), times[2].text);
}

static void rejects_invalid_dates(void **state)
{
    static const char *const texts[] = {
        "",
        "2026-11-23",
        "2026-11-23T09:11:00",
        "2026-11-23T09:11:00.000",
        "2026-11-23T09:11:00.00Z",
        "2026-11-23T09:11:00.0000Z",
        "2026-11-23 09:11:00.000Z",
        "2026-11-23t09:11:00.000z",
        "2026-11-23T09:11:00+00:00",
        " 2026-11-23T09:11:00Z",
        "2026-11-23T09:11:00Z ",
        "2026-00-23T09:11:00Z",
        "2026-13-23T09:11:00Z",
        "2026-11-00T09:11:00Z",
        "2026-11-31T09:11:00Z",
        "2026-02-29T09:11:00Z",
        "2100-02-29T09:11:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2026-11-23T23:59:60Z",
        "1969-12-31T23:59:59Z",
        "+026-11-23T09:11:00Z",
        "12026-11-23T09:11:00Z",
    };
    apr_size_t i;
    apr_time_t t;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        if (as_clock_parse_rfc3339(texts[i], &t) != APR_EINVAL) {
            fail_msg("\"%s\" was taken", texts[i]);
        }
    }
}

static apr_time_t stopped(void)
{
    return 42;
}

static void clock_can_be_replaced(void **state)
{
    apr_time_t before = apr_time_now();

    (void)state;
    as_clock_set(stopped);
    assert_int_equal(as_clock_now(), 42);
    as_clock_set(NULL);
    assert_true(as_clock_now() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(formats_and_parses_dates),
        POOL_TEST(rejects_invalid_dates),
        POOL_TEST(clock_can_be_replaced),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
