/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: which texts are accepted, and how they are parsed. */
#include "text/json_strict.h"
#include "token_support.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#include "json_samples.h"

/* Each must be taken, as the value of a member too. */
static const char *const good[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "12345678901234567890",
    "0.5",
    "-0.5e10",
    "18446744073709551616",
    "-9223372036854775809",
    "1E+2",
    "1e-2",
    "1e999",
    "\"\"",
    "\"a\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0041\"",
    "\"\\ud83d\\ude00\"",
    "\"\\uD83D\\uDE00\"",
    "\"\\uffff\"",
    "\"\xc3\xa9\"",
    "\"\xe2\x82\xac\"",
    "\"\xf0\x9f\x98\x80\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"\x7f\"",
    "\" \"",
    "[]",
    "[ ]",
    "[1]",
    "[1,2]",
    "[ 1 , 2 ]",
    "[[],[]]",
    "{}",
    "{ }",
    "{\"a\":1}",
    "{\"\":1}",
    "{\"a\":1,\"b\":2}",
    "{\"a\":{\"a\":1}}",
    "{\"a\":[{\"a\":1},{\"a\":1}]}",
    "{\"a\":1,\"A\":1}",
    "{\"a\":1,\"a\\u0001\":1}",
    "\t\r\n 1 \t\r\n",
    "[[[[[[[]]]]]]]",
};

static void accepts_valid_json(void **state)
{
    for (apr_size_t i = 0; i < COUNT(good); i++) {
        const char *member = apr_psprintf(*state, "{\"x\":%s}", good[i]);
        json_object *tree;

        if (!strict(good[i]) ||
            as_json_parse_object(*state, member, strlen(member), &tree) != APR_SUCCESS) {
            fail_msg("refused: %s", good[i]);
        }
    }
}

static as_span_t read_file(apr_pool_t *p, const char *path)
{
    apr_finfo_t info;
    apr_file_t *file;
    char *data;

    assert_int_equal(apr_file_open(&file, path, APR_FOPEN_READ, 0, p), APR_SUCCESS);
    assert_int_equal(apr_file_info_get(&info, APR_FINFO_SIZE, file), APR_SUCCESS);
    data = apr_palloc(p, (apr_size_t)info.size + 1);
    assert_int_equal(apr_file_read_full(file, data, (apr_size_t)info.size, NULL), APR_SUCCESS);
    apr_file_close(file);
    return (as_span_t){data, (apr_size_t)info.size};
}

static void is_parsed(apr_pool_t *p, const char *text, apr_size_t len, const char *origin)
{
    json_object *tree;

    if (as_json_parse_object(p, text, len, &tree) != APR_SUCCESS) {
        fail_msg("the scanner accepts it, json-c does not: %s", origin);
    }
}

/* Each alone, in a name and in a value: json-c 0.18 rejects them in its strict mode. */
static void parses_every_character(void **state)
{
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    for (unsigned int point = 0x20; point <= 0x10ffff; point += point < 0x3000 ? 1 : 61) {
        char utf8[5] = "";
        const char *text;

        if (point < 0x80) {
            utf8[0] = (char)point;
        } else if (point < 0x800) {
            utf8[0] = (char)(0xc0 | point >> 6);
            utf8[1] = (char)(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            utf8[0] = (char)(0xe0 | point >> 12);
            utf8[1] = (char)(0x80 | (point >> 6 & 0x3f));
            utf8[2] = (char)(0x80 | (point & 0x3f));
        } else {
            utf8[0] = (char)(0xf0 | point >> 18);
            utf8[1] = (char)(0x80 | (point >> 12 & 0x3f));
            utf8[2] = (char)(0x80 | (point >> 6 & 0x3f));
            utf8[3] = (char)(0x80 | (point & 0x3f));
        }
        if (point == '"' || point == '\\' || (point >= 0xd800 && point <= 0xdfff)) {
            continue;
        }
        text = apr_psprintf(p, "{\"%s\":[\"%s\"]}", utf8, utf8);
        assert_true(strict(text));
        is_parsed(p, text, strlen(text), apr_psprintf(p, "U+%04X", point));
        apr_pool_clear(p);
    }
}

/* The fuzzers' seeds, and what they become with one byte left out or replaced. */
static void parses_every_text_that_the_scanner_accepts(void **state)
{
    static const char others[] = "0-.eE+\\\"/u[]{}:, \n\x7f\xc3";
    const char *dirs[] = {AS_CORPUS "/json", AS_CORPUS "/claims"};
    int seeds = 0, accepted = 0;
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    for (apr_size_t d = 0; d < COUNT(dirs); d++) {
        apr_dir_t *dir;
        apr_finfo_t entry;

        assert_int_equal(apr_dir_open(&dir, dirs[d], *state), APR_SUCCESS);
        while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
            const char *path = apr_pstrcat(*state, dirs[d], "/", entry.name, NULL);
            as_span_t seed;

            if (*entry.name == '.') {
                continue;
            }
            seed = read_file(*state, path);
            seeds++;
            for (apr_size_t at = 0; at < seed.len && at < 512; at++) {
                for (apr_size_t other = 0; other < sizeof(others); other++) {
                    char *text = apr_pmemdup(p, seed.data, seed.len);
                    apr_size_t len = seed.len;

                    if (other == sizeof(others) - 1) {
                        memmove(text + at, text + at + 1, --len - at);
                    } else {
                        text[at] = others[other];
                    }
                    if (len && *text == '{' && as_json_strict_is_valid(text, len, AS_JSON_DEPTH)) {
                        is_parsed(p, text, len, path);
                        accepted++;
                    }
                    apr_pool_clear(p);
                }
            }
        }
        apr_dir_close(dir);
    }
    assert_true(seeds > 10);
    assert_true(accepted > 1000);
}

static void rejects_invalid_json(void **state)
{
    (void)state;
    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        if (strict(bad[i])) {
            fail_msg("taken, number %d: %s", (int)i, bad[i]);
        }
    }
    assert_false(as_json_strict_is_valid("{\"a\":1}\0", 8, AS_JSON_DEPTH));
    assert_false(as_json_strict_is_valid("\"a\0b\"", 5, AS_JSON_DEPTH));
    assert_false(as_json_strict_is_valid("[1\0]", 4, AS_JSON_DEPTH));
}

static const char *nested(apr_pool_t *p, int depth, const char *open, const char *close)
{
    const char *text = "1";

    while (depth--) {
        text = apr_pstrcat(p, open, text, close, NULL);
    }
    return text;
}

static void limits_the_depth(void **state)
{
    assert_true(strict(nested(*state, AS_JSON_DEPTH, "[", "]")));
    assert_false(strict(nested(*state, AS_JSON_DEPTH + 1, "[", "]")));
    assert_true(strict(nested(*state, AS_JSON_DEPTH, "{\"a\":", "}")));
    assert_false(strict(nested(*state, AS_JSON_DEPTH + 1, "{\"a\":", "}")));
    assert_false(strict(nested(*state, 10000, "[", "")));
}

static void parses_up_to_the_maximum_depth(void **state)
{
    const char *text = nested(*state, AS_JSON_DEPTH, "{\"a\":", "}");
    json_object *tree = NULL;

    assert_int_equal(as_json_parse_object(*state, text, strlen(text), &tree), APR_SUCCESS);
    assert_string_equal(as_json_serialize(tree).data, text);
}

static void requires_an_object(void **state)
{
    static const char *const others[] = {"1", "[]", "\"a\"", "null", "true"};
    json_object *tree;

    for (apr_size_t i = 0; i < COUNT(others); i++) {
        assert_true(strict(others[i]));
        assert_int_equal(as_json_parse_object(*state, others[i], strlen(others[i]), &tree),
                         APR_EINVAL);
        assert_null(tree);
    }
}

/* Thousands of names, one of them twice, in no time. */
static void finds_a_duplicate_name_among_many(void **state)
{
    char text[65536];
    apr_size_t used = 1;

    (void)state;
    text[0] = '{';
    for (int i = 0; i < 4000; i++) {
        used += (apr_size_t)apr_snprintf(text + used, sizeof(text) - used, "\"n%d\":%d,", i, i);
    }
    memcpy(text + used, "\"z\":1}", 7);
    assert_true(as_json_strict_is_valid(text, used + 6, AS_JSON_DEPTH));
    memcpy(text + used, "\"n7\":1}", 8);
    assert_false(as_json_strict_is_valid(text, used + 7, AS_JSON_DEPTH));
}

static void returns_only_strings(void **state)
{
    json_object *tree;
    const char *text = "{\"s\":\"v\",\"n\":1,\"z\":null}";

    assert_int_equal(as_json_parse_object(*state, text, strlen(text), &tree), APR_SUCCESS);
    assert_string_equal(as_json_get_string(tree, "s"), "v");
    assert_null(as_json_get_string(tree, "n"));
    assert_null(as_json_get_string(tree, "z"));
    assert_null(as_json_get_string(tree, "none"));
}

/* json-c 0.16 has U+FFFD for some of them. */
static void decodes_surrogate_pairs_of_every_plane(void **state)
{
    json_object *object;

    for (unsigned int point = 0x10000; point <= 0x10ffff; point += 0x1ff) {
        unsigned int high = 0xd800 + ((point - 0x10000) >> 10);
        unsigned int low = 0xdc00 + ((point - 0x10000) & 0x3ff);
        const char *text =
            apr_psprintf(*state, "{\"\\u%04x\\u%04X\":\"\\\\ud837\\uD%03x\\u%04x!\"}", high, low,
                         high & 0xfff, low);
        char utf8[] = {(char)(0xf0 | point >> 18), (char)(0x80 | (point >> 12 & 0x3f)),
                       (char)(0x80 | (point >> 6 & 0x3f)), (char)(0x80 | (point & 0x3f)), 0};
        const char *wanted = apr_pstrcat(*state, "\\ud837", utf8, "!", NULL);

        assert_int_equal(as_json_parse_object(*state, text, strlen(text), &object), APR_SUCCESS);
        assert_string_equal(as_json_get_string(object, utf8), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(accepts_valid_json),
        POOL_TEST(parses_every_character),
        POOL_TEST(parses_every_text_that_the_scanner_accepts),
        POOL_TEST(rejects_invalid_json),
        POOL_TEST(limits_the_depth),
        POOL_TEST(parses_up_to_the_maximum_depth),
        POOL_TEST(requires_an_object),
        POOL_TEST(finds_a_duplicate_name_among_many),
        POOL_TEST(returns_only_strings),
        POOL_TEST(decodes_surrogate_pairs_of_every_plane),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
