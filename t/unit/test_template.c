/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: their rules, and how placeholders are filled. */
#include "token_support.h"

#include "base/template.h"

static void checks_templates(void **state)
{
    static const struct {
        const char *text;
        as_template_content_t content;
        int good;
    } cases[] = {
        {"{code}", AS_TEMPLATE_CODE, 1},
        {"{app} {code} {minutes}}", AS_TEMPLATE_CODE, 1},
        {"", AS_TEMPLATE_CODE, 0},
        {"code", AS_TEMPLATE_CODE, 0},
        {"{code", AS_TEMPLATE_CODE, 0},
        {"{code} {", AS_TEMPLATE_CODE, 0},
        {"{code} {Code}", AS_TEMPLATE_CODE, 0},
        {"{{code}}", AS_TEMPLATE_CODE, 0},
        {"{code}{code}", AS_TEMPLATE_CODE, 1},
        {"{code}", AS_TEMPLATE_PLAIN, 0},
        {"{minutes}", AS_TEMPLATE_PLAIN, 0},
        {"{app}!", AS_TEMPLATE_PLAIN, 1},
        {"hello", AS_TEMPLATE_PLAIN, 1},
        {"{app} {other}", AS_TEMPLATE_PLAIN, 0},
        {"{event}", AS_TEMPLATE_PLAIN, 0},
        {"{code} {event}", AS_TEMPLATE_CODE, 0},
        {"{app}: {event}.", AS_TEMPLATE_EVENT, 1},
        {"{app}", AS_TEMPLATE_EVENT, 0},
        {"{event} {code}", AS_TEMPLATE_EVENT, 0},
        {"{event} {minutes}", AS_TEMPLATE_EVENT, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *fault = as_template_check(*state, cases[i].text, cases[i].content);

        assert_int_equal(!fault, cases[i].good);
    }
}

static void replaces_placeholders_once(void **state)
{
    as_template_values_t values = {"{code}", "123", "{app}", 7};

    assert_string_equal(as_template_render(*state, "{app}{code}/{minutes}/{app}.", &values),
                        "{code}123/7/{code}.");
    assert_string_equal(as_template_render(*state, "{app}: {event}", &values), "{code}: {app}");
    assert_string_equal(as_template_render(*state, "", &values), "");
    assert_string_equal(as_template_render(*state, "}{app}", &values), "}{code}");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        POOL_TEST(checks_templates),
        POOL_TEST(replaces_placeholders_once),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
