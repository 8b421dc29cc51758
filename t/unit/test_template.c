/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: their rules, and how placeholders are filled. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/template.h"

static apr_pool_t *pool;

static void templates_are_checked(void **state)
{
    static const struct {
        const char *text;
        int with_code, good;
    } cases[] = {
        {"{code}", 1, 1},
        {"{app} {code} {minutes}}", 1, 1},
        {"", 1, 0},
        {"code", 1, 0},
        {"{code", 1, 0},
        {"{code} {", 1, 0},
        {"{code} {Code}", 1, 0},
        {"{{code}}", 1, 0},
        {"{code}{code}", 1, 1},
        {"{code}", 0, 0},
        {"{minutes}", 0, 0},
        {"{app}!", 0, 1},
        {"hello", 0, 1},
        {"{app} {other}", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *fault = as_template_check(pool, cases[i].text, cases[i].with_code);

        assert_int_equal(!fault, cases[i].good);
    }
}

static void templates_are_filled_once(void **state)
{
    as_template_values_t values = {"{code}", "123", 7};

    (void)state;
    assert_string_equal(as_template_render(pool, "{app}{code}/{minutes}/{app}.", &values),
                        "{code}123/7/{code}.");
    assert_string_equal(as_template_render(pool, "", &values), "");
    assert_string_equal(as_template_render(pool, "}{app}", &values), "}{code}");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_checked),
        cmocka_unit_test(templates_are_filled_once),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
