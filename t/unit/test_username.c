/* SPDX-License-Identifier: Apache-2.0 */
/* Usernames: folding and rules. */
#include "token_support.h"

#include "account/username.h"

static void equivalent_names_fold_to_one_key(void **state)
{
    static const char *const pairs[][2] = {
        {"Alice", "alice"},
        {"ALICE", "\xef\xbc\xa1\xef\xbd\x8c\xef\xbd\x89\xef\xbd\x83\xef\xbd\x85"}, /* full width */
        {"Stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xef\xac\x81le", "File"},      /* the fi ligature */
        {"caf\xc3\xa9", "cafe\xcc\x81"}, /* composed, combining */
        {"a\xc2\xad"
         "b",
         "ab"}, /* soft hyphen */
        {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
         "\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"}, /* final sigma */
        {"\xe2\x84\xaa", "k"},                                        /* the Kelvin sign */
        {"\xc4\xb0", "i\xcc\x87"},                                    /* I with a dot */
    };

    for (apr_size_t i = 0; i < COUNT(pairs); i++) {
        const char *a, *b, *again;

        assert_int_equal(as_username_fold(*state, pairs[i][0], &a), APR_SUCCESS);
        assert_int_equal(as_username_fold(*state, pairs[i][1], &b), APR_SUCCESS);
        assert_string_equal(a, b);
        assert_int_equal(as_username_fold(*state, a, &again), APR_SUCCESS);
        assert_string_equal(a, again);
    }
}

static void different_names_have_different_keys(void **state)
{
    const char *dotless, *i, *none;

    assert_int_equal(as_username_fold(*state, "\xc4\xb1", &dotless), APR_SUCCESS);
    assert_int_equal(as_username_fold(*state, "i", &i), APR_SUCCESS);
    assert_string_not_equal(dotless, i);
    assert_int_equal(as_username_fold(*state, "\xff", &none), APR_EINVAL);
}

static void rejects_invalid_names(void **state)
{
    static const char *const good[] = {"a",
                                       "A b",
                                       "caf\xc3\xa9",
                                       "\xe6\x97\xa5\xe6\x9c\xac",
                                       "o'neil",
                                       "\xf0\x9f\x98\x80",
                                       "a.b@example.org",
                                       "%s"};
    static const char *const bad[] = {"",
                                      " a",
                                      "a ",
                                      "a\n",
                                      "\x01",
                                      "a\x7f",
                                      "\xc2\xa0"
                                      "a",
                                      "a\xe2\x80\x8b",
                                      "\xe2\x80\xae"
                                      "a",
                                      "a\xc2\xad",
                                      "\xee\x80\x80",
                                      "\xcd\xb8",
                                      "\xef\xbf\xbe",
                                      "\xff",
                                      "\xe3\x80\x80"};
    char longest[AS_USERNAME_MAX * 2 + 3];

    for (apr_size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(as_username_validate(*state, good[i]), APR_SUCCESS);
    }
    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        if (as_username_validate(*state, bad[i]) != APR_EINVAL) {
            fail_msg("taken: number %d", (int)i);
        }
    }
    for (apr_size_t i = 0; i < AS_USERNAME_MAX + 1; i++) {
        memcpy(longest + 2 * i, "\xc3\xa9", 3);
    }
    assert_int_equal(as_username_validate(*state, longest), APR_EINVAL);
    longest[2 * AS_USERNAME_MAX] = '\0';
    assert_int_equal(as_username_validate(*state, longest), APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(equivalent_names_fold_to_one_key),
        POOL_TEST(different_names_have_different_keys),
        POOL_TEST(rejects_invalid_names),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
