/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashes. */
#include "token_support.h"

#include <time.h>

#include <apr_file_io.h>

#include "account/password.h"

static const as_password_hash_options_t cheap = {4};

/* Made by other implementations. */
static const struct {
    const char *password, *hash;
} vectors[] = {
    {"", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."},
    {"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"},
    {"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
    {"U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {"U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
};

static void published_hashes_match(void **state)
{
    (void)state;
    for (apr_size_t i = 0; i < COUNT(vectors); i++) {
        if (!as_password_matches(&cheap, vectors[i].password, vectors[i].hash)) {
            fail_msg("no match: number %d", (int)i);
        }
        assert_false(as_password_matches(&cheap, "another", vectors[i].hash));
    }
}

static void hashes_are_made(void **state)
{
    static const char *const words[] = {
        "x", "correct horse battery staple", "\xf0\x9f\x98\x80\xc3\xa9 \t",
        "123456789012345678901234567890123456789012345678901234567890123456789012"};

    for (apr_size_t i = 0; i < COUNT(words); i++) {
        const char *one, *two;

        assert_int_equal(as_password_hash(*state, &cheap, words[i], &one), APR_SUCCESS);
        assert_int_equal(as_password_hash(*state, &cheap, words[i], &two), APR_SUCCESS);
        assert_int_equal(strlen(one), 60);
        assert_int_equal(strncmp(one, "$2y$04$", 7), 0);
        assert_string_not_equal(one, two);
        assert_true(as_password_matches(&cheap, words[i], one));
        assert_false(as_password_matches(&cheap, apr_pstrcat(*state, words[i], "x", NULL), one));
        assert_false(as_password_matches(&cheap, words[i] + 1, one));
        assert_false(as_password_needs_rehash(&cheap, one));
        assert_true(as_password_needs_rehash(&(as_password_hash_options_t){5}, one));
    }
}

static void only_the_password_matches(void **state)
{
    static const char *const stored[] = {
        NULL,
        "",
        "*0",
        "x",
        "plain",
        "$2b$12$incorrect",
        "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "$apr1$x$y",
        "$1$abc$def",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2z$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW1",
        "$2y$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW.",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW",
        "$2y$05$CCCCCCCCCCCCCCCCCCCC!.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    };
    static const char *const words[] = {"", "U*U", "x", "plain", "*0"};

    (void)state;
    for (apr_size_t i = 0; i < COUNT(stored); i++) {
        for (apr_size_t j = 0; j < COUNT(words); j++) {
            assert_false(as_password_matches(&cheap, words[j], stored[i]));
        }
        assert_true(!stored[i] || as_password_needs_rehash(&cheap, stored[i]));
    }
}

/* Logins of unknown users cost the same time. */
static void unknown_user_costs_the_same_time(void **state)
{
    const as_password_hash_options_t costly = {8};
    const char *stored, *older;                     /* from before AuthSMSPasswordHash was raised */
    clock_t known = 0, old = 0, unknown = 0, start; /* of this process: others do not matter */

    assert_int_equal(as_password_hash(*state, &costly, "right", &stored), APR_SUCCESS);
    assert_int_equal(as_password_hash(*state, &cheap, "right", &older), APR_SUCCESS);
    for (int i = 0; i < 20; i++) {
        start = clock();
        as_password_matches(&costly, "wrong", stored);
        known += clock() - start;
        start = clock();
        as_password_matches(&costly, "wrong", older);
        old += clock() - start;
        start = clock();
        as_password_matches(&costly, "wrong", NULL);
        unknown += clock() - start;
    }
    assert_in_range(unknown, known / 2, known * 2);
    assert_in_range(unknown, old / 2, old * 2);
}

static void long_passwords_are_refused(void **state)
{
    char word[AS_PASSWORD_BYTES_MAX + 2];
    const char *hash;

    memset(word, 'a', sizeof(word));
    word[AS_PASSWORD_BYTES_MAX + 1] = '\0';
    assert_int_equal(as_password_hash(*state, &cheap, word, &hash), APR_EINVAL);
    word[AS_PASSWORD_BYTES_MAX] = '\0';
    assert_int_equal(as_password_hash(*state, &cheap, word, &hash), APR_SUCCESS);
    word[AS_PASSWORD_BYTES_MAX] = 'b';
    assert_false(as_password_matches(&cheap, word, hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(published_hashes_match),     POOL_TEST(hashes_are_made),
        POOL_TEST(only_the_password_matches),  POOL_TEST(unknown_user_costs_the_same_time),
        POOL_TEST(long_passwords_are_refused),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
