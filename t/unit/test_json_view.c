/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values without json-c. */
#include "token_support.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#include "json_samples.h"
#include "text/json_view.h"

static void iterates_over_members(void **state)
{
    static const char text[] =
        " {\"s\" : \"a\\\"]}\" , \"\\u0065xp\":1795425061,\"o\":{\"x\":\"}\\\\\"},\"a\":[ 1 , "
        "\"b,]\",[2,{}]"
        ", null ],\"e\":[ "
        "],\"t\":true,\"z\":null,\"\":-1.5e1,\"u\":\"\\u00e9\\ud83d\\ude00\\n\\/\"}\n";
    static const struct {
        const char *name;
        as_json_view_kind_t kind;
        const char *text;
    } members[] = {
        {"s", AS_JSON_VIEW_STRING, "a\\\"]}"},
        {"exp", AS_JSON_VIEW_NUMBER, "1795425061"},
        {"o", AS_JSON_VIEW_OBJECT, "\"x\":\"}\\\\\""},
        {"a", AS_JSON_VIEW_ARRAY, " 1 , \"b,]\",[2,{}], null "},
        {"e", AS_JSON_VIEW_ARRAY, " "},
        {"t", AS_JSON_VIEW_BOOLEAN, "true"},
        {"z", AS_JSON_VIEW_NULL, "null"},
        {"", AS_JSON_VIEW_NUMBER, "-1.5e1"},
        {"u", AS_JSON_VIEW_STRING, "\\u00e9\\ud83d\\ude00\\n\\/"},
    };
    as_json_view_t view;

    assert_int_equal(as_json_view_parse(*state, text, sizeof(text) - 1, &view), APR_SUCCESS);
    assert_int_equal(view.count, COUNT(members));
    for (apr_size_t i = 0; i < COUNT(members); i++) {
        const as_json_view_value_t *value = as_json_view_find(&view, members[i].name);

        assert_ptr_equal(value, &view.members[i].value);
        assert_int_equal(value->kind, members[i].kind);
        assert_string_equal(apr_pstrmemdup(*state, value->text.data, value->text.len),
                            members[i].text);
    }
    assert_null(as_json_view_find(&view, "x"));
    assert_string_equal(as_json_view_get_string(*state, as_json_view_find(&view, "s")), "a\"]}");
    assert_string_equal(as_json_view_get_string(*state, as_json_view_find(&view, "u")),
                        "\xc3\xa9\xf0\x9f\x98\x80\n/");
    assert_null(as_json_view_get_string(*state, as_json_view_find(&view, "exp")));
    assert_null(as_json_view_get_string(*state, NULL));
    assert_int_equal(as_json_view_parse(*state, "{}", 2, &view), APR_SUCCESS);
    assert_int_equal(view.count, 0);
}

static void iterates_over_elements(void **state)
{
    static const char text[] = "{\"a\":[ 1 , \"b,]\",[2,{}], null ],\"e\":[ ]}";
    static const as_json_view_kind_t kinds[] = {AS_JSON_VIEW_NUMBER, AS_JSON_VIEW_STRING,
                                                AS_JSON_VIEW_ARRAY, AS_JSON_VIEW_NULL};
    as_json_view_t view;
    as_json_view_value_t element;
    as_span_t left;

    assert_int_equal(as_json_view_parse(*state, text, sizeof(text) - 1, &view), APR_SUCCESS);
    left = as_json_view_find(&view, "a")->text;
    for (apr_size_t i = 0; i < COUNT(kinds); i++) {
        assert_true(as_json_view_next_element(&left, &element));
        assert_int_equal(element.kind, kinds[i]);
    }
    assert_false(as_json_view_next_element(&left, &element));
    left = as_json_view_find(&view, "e")->text;
    assert_false(as_json_view_next_element(&left, &element));
}

static void reads_numbers_like_json_c(void **state)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "-0.0",
        "1",
        "999999999999999",
        "9999999999999999",
        "9007199254740993",
        "9223372036854775807",
        "99999999999999999999999",
        "-17",
        "0.1",
        "1.5e3",
        "2E-3",
        "1e400",
        "1795425061.25",
    };

    for (apr_size_t i = 0; i < COUNT(numbers); i++) {
        const char *text = apr_psprintf(*state, "{\"n\":%s,\"x\":1}", numbers[i]);
        json_object *tree;
        as_json_view_t view;
        double number;

        assert_int_equal(as_json_parse_object(*state, text, strlen(text), &tree), APR_SUCCESS);
        assert_int_equal(as_json_view_parse(*state, text, strlen(text), &view), APR_SUCCESS);
        assert_true(as_json_view_get_number(as_json_view_find(&view, "n"), &number));
        if (number != json_object_get_double(json_object_object_get(tree, "n"))) {
            fail_msg("%s is %g", numbers[i], number);
        }
    }
}

static void parses_a_value_of_any_kind(void **state)
{
    static const struct {
        const char *json;
        as_json_view_kind_t kind;
        const char *text;
    } rows[] = {
        {" {\"a\":1} ", AS_JSON_VIEW_OBJECT, "\"a\":1"},
        {"[1, 2]\n", AS_JSON_VIEW_ARRAY, "1, 2"},
        {"\"a\"", AS_JSON_VIEW_STRING, "a"},
        {" -1.5 ", AS_JSON_VIEW_NUMBER, "-1.5"},
        {"true", AS_JSON_VIEW_BOOLEAN, "true"},
        {"null", AS_JSON_VIEW_NULL, "null"},
    };
    static const char *const invalid[] = {"", " ", "[1", "{}{}", "tru", "1 2", "{\"a\":1,\"a\":2}"};
    as_json_view_value_t value;

    (void)state;
    for (apr_size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(as_json_view_parse_value(rows[i].json, strlen(rows[i].json), &value),
                         APR_SUCCESS);
        assert_int_equal(value.kind, rows[i].kind);
        assert_int_equal(value.text.len, strlen(rows[i].text));
        assert_memory_equal(value.text.data, rows[i].text, value.text.len);
    }
    for (apr_size_t i = 0; i < COUNT(invalid); i++) {
        assert_int_equal(as_json_view_parse_value(invalid[i], strlen(invalid[i]), &value),
                         APR_EINVAL);
    }
}

static void rejects_invalid_json(void **state)
{
    as_json_view_t view;

    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        const char *member = apr_psprintf(*state, "{\"x\":%s}", bad[i]);

        assert_int_equal(as_json_view_parse(*state, bad[i], strlen(bad[i]), &view), APR_EINVAL);
        if (!strict(member)) {
            assert_int_equal(as_json_view_parse(*state, member, strlen(member), &view), APR_EINVAL);
        }
    }
    assert_int_equal(as_json_view_parse(*state, "[]", 2, &view), APR_EINVAL);
    assert_int_equal(as_json_view_parse(*state, "1", 1, &view), APR_EINVAL);
    assert_int_equal(as_json_view_parse(*state, "", 0, &view), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(iterates_over_members),     POOL_TEST(iterates_over_elements),
        POOL_TEST(reads_numbers_like_json_c), POOL_TEST(parses_a_value_of_any_kind),
        POOL_TEST(rejects_invalid_json),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
