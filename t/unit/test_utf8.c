/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 texts. */
#include "token_support.h"

#include "base/utf8.h"

static void counts_and_truncates_code_points(void **state)
{
    (void)state;
    assert_int_equal(as_utf8_count_points("a\xc3\xa9\xf0\x9f\x98\x80", 7), 3);
    assert_int_equal(as_utf8_truncated_length("a\xc3\xa9", 2), 1);
    assert_int_equal(as_utf8_truncated_length("a\xc3\xa9", 3), 3);
    assert_int_equal(as_utf8_truncated_length("a", 5), 1);
    assert_int_equal(as_utf8_truncated_length("\xf0\x9f\x98\x80", 3), 0);
    assert_true(as_utf8_is_valid("\0", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(counts_and_truncates_code_points),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
