/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: application/x-www-form-urlencoded. */
#include "token_support.h"

#include <apr_strings.h>

#include "text/form.h"

static apr_status_t parse(apr_pool_t *p, const char *text, int repeats, apr_array_header_t **fields)
{
    return as_form_parse(p, text, strlen(text), repeats, fields);
}

static void decodes_forms(void **state)
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

static void rejects_invalid_forms(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(decodes_forms),
        POOL_TEST(rejects_invalid_forms),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
