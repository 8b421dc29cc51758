/* SPDX-License-Identifier: Apache-2.0 */
/* Templates, their length in messages, and texts sealed at rest. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "base/seal.h"
#include "base/template.h"
#include "sms/segments.h"

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

static const char *times(const char *text, int n)
{
    const char *all = "";

    while (n--) {
        all = apr_pstrcat(pool, all, text, NULL);
    }
    return all;
}

static void segments_are_counted(void **state)
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

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        as_segments_t s = as_segments_count(times(cases[i].text, cases[i].n));

        assert_int_equal(s.gsm7, cases[i].gsm7);
        assert_int_equal(s.units, cases[i].units);
        assert_int_equal(s.count, cases[i].count);
    }
}

/* An escape and its character, and two surrogates, are not parted. */
static void segments_part_no_character(void **state)
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

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *half = times(cases[i].text, cases[i].n);
        as_segments_t s = as_segments_count(apr_pstrcat(pool, half, cases[i].between, half, NULL));

        assert_int_equal(s.units, cases[i].units);
        assert_int_equal(s.count, cases[i].count);
    }
}

static void sealed_texts_open_for_their_own(void **state)
{
    static const as_span_t key = {"0123456789abcdef0123456789abcdef", 32};
    static const as_span_t other = {"another secret of thirty-two byte", 32};
    apr_array_header_t *secrets = apr_array_make(pool, 2, sizeof(as_span_t));
    const char *sealed, *again, *text;

    (void)state;
    assert_int_equal(as_seal_encrypt(pool, key, "row", "code 123456 ☎", &sealed), APR_SUCCESS);
    assert_int_equal(as_seal_encrypt(pool, key, "row", "code 123456 ☎", &again), APR_SUCCESS);
    assert_string_not_equal(sealed, again);
    assert_null(strstr(sealed, "123456"));
    assert_int_equal(as_seal_decrypt(pool, secrets, "row", sealed, &text), APR_EINVAL);
    APR_ARRAY_PUSH(secrets, as_span_t) = other;
    assert_int_equal(as_seal_decrypt(pool, secrets, "row", sealed, &text), APR_EINVAL);
    APR_ARRAY_PUSH(secrets, as_span_t) = key;
    assert_int_equal(as_seal_decrypt(pool, secrets, "row", sealed, &text), APR_SUCCESS);
    assert_string_equal(text, "code 123456 ☎");
    assert_int_equal(as_seal_decrypt(pool, secrets, "another row", sealed, &text), APR_EINVAL);
    for (size_t i = 0; i < strlen(sealed); i++) {
        char *changed = apr_pstrdup(pool, sealed);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_equal(as_seal_decrypt(pool, secrets, "row", changed, &text), APR_EINVAL);
        changed[i] = '\0';
        assert_int_equal(as_seal_decrypt(pool, secrets, "row", changed, &text), APR_EINVAL);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_checked),
        cmocka_unit_test(templates_are_filled_once),
        cmocka_unit_test(segments_are_counted),
        cmocka_unit_test(segments_part_no_character),
        cmocka_unit_test(sealed_texts_open_for_their_own),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests_name("texts", tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
