/* SPDX-License-Identifier: Apache-2.0 */
/* Paths into JSON: pointers (RFC 6901) and dotted names. */
#include "token_support.h"

#include "text/json_path.h"

typedef struct row_t {
    const char *path;
    int found;
    const char *text; /* as written; NULL: not found */
} row_t;

static void check_value(const row_t *row, int found, const as_json_view_value_t *value)
{
    print_message("# %s\n", row->path);
    assert_int_equal(found, row->found);
    if (found == 1) {
        assert_int_equal(value->text.len, strlen(row->text));
        assert_memory_equal(value->text.data, row->text, value->text.len);
    }
}

/* The document and the pointers of RFC 6901 §5, and pointers that lead nowhere. */
static void follows_the_pointers_of_rfc_6901(void **state)
{
    static const char document[] =
        "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
        "\"k\\\"l\":6,\" \":7,\"m~n\":8}";
    static const row_t rows[] = {
        {"/foo", 1, "\"bar\",\"baz\""},
        {"/foo/0", 1, "bar"},
        {"/foo/1", 1, "baz"},
        {"/", 1, "0"},
        {"/a~1b", 1, "1"},
        {"/c%d", 1, "2"},
        {"/e^f", 1, "3"},
        {"/g|h", 1, "4"},
        {"/i\\j", 1, "5"},
        {"/k\"l", 1, "6"},
        {"/ ", 1, "7"},
        {"/m~0n", 1, "8"},
        {"/bar", 0, NULL},
        {"/foo/2", 0, NULL},
        {"/foo/-", 0, NULL},
        {"/foo/00", 0, NULL},
        {"/foo/", 0, NULL},
        {"/foo/bar", 0, NULL},
        {"/foo/0/0", 0, NULL},
        {"/a/b", 0, NULL},
        {"//", 0, NULL},
    };
    as_json_view_t view;
    as_json_view_value_t root, value;

    assert_int_equal(as_json_view_parse(*state, document, strlen(document), &view), APR_SUCCESS);
    assert_int_equal(as_json_view_parse_value(document, strlen(document), &root), APR_SUCCESS);
    for (apr_size_t i = 0; i < COUNT(rows); i++) {
        as_json_path_t path;

        assert_int_equal(as_json_path_parse(*state, rows[i].path, &path), APR_SUCCESS);
        check_value(&rows[i], as_json_path_find(*state, &view, &path, &value), &value);
        check_value(&rows[i], as_json_path_find_from(*state, &root, &path, &value), &value);
    }
}

static void follows_pointers_from_any_value(void **state)
{
    static const struct {
        const char *json;
        row_t row;
    } rows[] = {
        {"[1,[2,{\"a\":3}]]", {"/1/1/a", 1, "3"}},
        {"[]", {"/0", 0, NULL}},
        {"\"text\"", {"/0", 0, NULL}},
        {"17", {"/", 0, NULL}},
        {"{\"a\":1}", {"a", 0, NULL}}, /* a dotted name */
    };
    as_json_view_value_t root, value;

    for (apr_size_t i = 0; i < COUNT(rows); i++) {
        as_json_path_t path;

        assert_int_equal(as_json_view_parse_value(rows[i].json, strlen(rows[i].json), &root),
                         APR_SUCCESS);
        assert_int_equal(as_json_path_parse(*state, rows[i].row.path, &path), APR_SUCCESS);
        check_value(&rows[i].row, as_json_path_find_from(*state, &root, &path, &value), &value);
    }
}

static void finds_dotted_names(void **state)
{
    static const char document[] = "{\"a\":{\"b\":1,\"c.d\":2},\"a.c\":{\"d\":3},\"e.f\":4}";
    static const row_t rows[] = {
        {"a.b", 1, "1"},       {"e.f", 1, "4"},  {"a.c.d", 2, NULL}, {"a", 1, "\"b\":1,\"c.d\":2"},
        {"a.c", 1, "\"d\":3"}, {"a.x", 0, NULL}, {"e", 0, NULL},
    };
    as_json_view_t view;
    as_json_view_value_t value;

    assert_int_equal(as_json_view_parse(*state, document, strlen(document), &view), APR_SUCCESS);
    for (apr_size_t i = 0; i < COUNT(rows); i++) {
        as_json_path_t path;

        assert_int_equal(as_json_path_parse(*state, rows[i].path, &path), APR_SUCCESS);
        check_value(&rows[i], as_json_path_find(*state, &view, &path, &value), &value);
    }
}

static void rejects_invalid_paths(void **state)
{
    static const char *const invalid[] = {"", "/~", "/a~2", "/a~", "/\xff", "a\xff"};
    as_json_path_t path;

    for (apr_size_t i = 0; i < COUNT(invalid); i++) {
        assert_int_equal(as_json_path_parse(*state, invalid[i], &path), APR_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(follows_the_pointers_of_rfc_6901),
        POOL_TEST(follows_pointers_from_any_value),
        POOL_TEST(finds_dotted_names),
        POOL_TEST(rejects_invalid_paths),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
