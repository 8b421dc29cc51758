/* SPDX-License-Identifier: Apache-2.0 */
/* Durations. */
#include "token_support.h"

#include "base/duration.h"

static void parses_durations(void **state)
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
        POOL_TEST(parses_durations),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
