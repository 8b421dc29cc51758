/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 texts. */
#include "token_support.h"

#include "base/utf8.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(utf8_is_counted_and_cut),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
