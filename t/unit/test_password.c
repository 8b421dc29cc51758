/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashes. */
#include "token_support.h"

#include <time.h>

#include <apr_file_io.h>

#include "account/password.h"

static const as_password_hash_options_t cheap = {.scheme = AS_PASSWORD_BCRYPT, .cost = 4};
static const as_password_hash_options_t argon2id = {.scheme = AS_PASSWORD_ARGON2ID,
                                                    .argon2 = {256, 2, 2}};

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
    /* Argon2id: those of the reference implementation (src/test.c) */
    {"password",
     "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
    {"password",
     "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
    {"password",
     "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
    {"password",
     "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg"},
    {"differentpassword",
     "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94"},
    {"password",
     "$argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw"},
};

/* While nothing is stored. */
static int matches(void **state, const as_password_hash_options_t *options, const char *password,
                   const char *stored)
{
    as_password_work_t work = as_password_work(options, 0, NULL);
    int result = -1;

    assert_int_equal(as_password_verify(*state, &work, password, stored, &result), APR_SUCCESS);
    return result;
}

static void published_hashes_match(void **state)
{
    for (apr_size_t i = 0; i < COUNT(vectors); i++) {
        if (!matches(state, &cheap, vectors[i].password, vectors[i].hash)) {
            fail_msg("no match: number %d", (int)i);
        }
        assert_false(matches(state, &cheap, "another", vectors[i].hash));
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
        assert_true(matches(state, &cheap, words[i], one));
        assert_false(matches(state, &cheap, apr_pstrcat(*state, words[i], "x", NULL), one));
        assert_false(matches(state, &cheap, words[i] + 1, one));
        assert_false(as_password_needs_rehash(&cheap, one));
        assert_true(as_password_needs_rehash(&(as_password_hash_options_t){.cost = 5}, one));
    }
}

#define ARGON2(parameters)                                                                         \
    "$argon2id$v=19$" parameters "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

static void argon2id_hashes_are_made(void **state)
{
    const char *password = apr_pstrcat(*state, "a password of more than seventy-two bytes: ",
                                       "\xf0\x9f\x98\x80 123456789012345678901234567890", NULL);
    const as_password_hash_options_t other[] = {
        {.scheme = AS_PASSWORD_ARGON2ID, .argon2 = {257, 2, 2}},
        {.scheme = AS_PASSWORD_ARGON2ID, .argon2 = {256, 3, 2}},
        {.scheme = AS_PASSWORD_ARGON2ID, .argon2 = {256, 2, 1}},
        {.scheme = AS_PASSWORD_BCRYPT, .cost = 4},
    };
    const char *one, *two, *bcrypt;

    assert_int_equal(as_password_hash(*state, &argon2id, password, &one), APR_SUCCESS);
    assert_int_equal(as_password_hash(*state, &argon2id, password, &two), APR_SUCCESS);
    assert_string_not_equal(one, two);
    assert_int_equal(strncmp(one, "$argon2id$v=19$m=256,t=2,p=2$", 29), 0);
    assert_int_equal(strlen(one), 29 + 22 + 1 + 43);
    assert_null(as_password_check_hash(*state, one));
    /* Whatever is configured. */
    assert_true(matches(state, &argon2id, password, one));
    assert_true(matches(state, &cheap, password, one));
    assert_false(matches(state, &argon2id, apr_pstrcat(*state, password, "x", NULL), one));
    assert_false(matches(state, &cheap, apr_pstrndup(*state, password, 72), one));
    assert_false(as_password_needs_rehash(&argon2id, one));
    for (apr_size_t i = 0; i < COUNT(other); i++) {
        assert_true(as_password_needs_rehash(&other[i], one));
    }
    assert_int_equal(as_password_hash(*state, &cheap, password, &bcrypt), APR_EINVAL);
    assert_int_equal(as_password_hash(*state, &cheap, "short", &bcrypt), APR_SUCCESS);
    assert_true(matches(state, &argon2id, "short", bcrypt));
    assert_true(as_password_needs_rehash(&argon2id, bcrypt));
}

/* The bounds themselves are accepted. */
static void bounds_are_accepted(void **state)
{
    static const char *const stored[] = {
        ARGON2("m=128,t=8192,p=16"), ARGON2("m=262144,t=4,p=1"), ARGON2("m=19456,t=53,p=1"),
        "$argon2id$v=19$m=128,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg"};

    for (apr_size_t i = 0; i < COUNT(stored); i++) {
        assert_null(as_password_check_hash(*state, stored[i]));
    }
}

static void work_is_that_of_the_most_expensive_hashes(void **state)
{
    as_password_work_t work = as_password_work(&cheap, 0, NULL);

    (void)state;
    assert_int_equal(work.bcrypt_cost, 4);
    assert_int_equal(work.argon2.memory, 0);
    work = as_password_work(&cheap, 9, ARGON2("m=7168,t=5,p=3"));
    assert_int_equal(work.bcrypt_cost, 9);
    assert_int_equal(work.argon2.memory, 7168);
    assert_int_equal(work.argon2.passes, 5);
    work = as_password_work(&argon2id, 0, "$argon2id$v=19$m=128,t=1,p=1$c2");
    assert_int_equal(work.bcrypt_cost, 0);
    assert_int_equal(work.argon2.memory, 256);
    work = as_password_work(&argon2id, 5, ARGON2("m=99999999,t=5,p=3"));
    assert_int_equal(work.bcrypt_cost, 5);
    assert_int_equal(work.argon2.memory, 256);
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
        "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g",
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
        /* right for "password" under another scheme or version */
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        /* out of bounds */
        ARGON2("m=4294967295,t=1,p=1"),
        ARGON2("m=262145,t=1,p=1"),
        ARGON2("m=262144,t=5,p=1"),
        ARGON2("m=256,t=4097,p=1"),
        ARGON2("m=256,t=4294967295,p=1"),
        ARGON2("m=256,t=0,p=1"),
        ARGON2("m=256,t=2,p=0"),
        ARGON2("m=256,t=2,p=17"),
        ARGON2("m=256,t=2,p=16777216"),
        ARGON2("m=127,t=2,p=1"),
        ARGON2("m=8,t=2,p=1"),
        ARGON2("m=0,t=2,p=1"),
        /* another form */
        ARGON2("m=0256,t=2,p=1"),
        ARGON2("m=+256,t=2,p=1"),
        ARGON2("m= 256,t=2,p=1"),
        ARGON2("m=-256,t=-2,p=1"),
        ARGON2("m=256,t=2"),
        ARGON2("t=2,m=256,p=1"),
        ARGON2("m=256,t=2,p=1,x=1"),
        ARGON2(""),
        "$argon2id$v=19$m=256,t=2,p=1$",
        "$argon2id$v=19$m=256,t=2,p=1$$",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHR$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXM$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4$",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR_uIPnA4rEsF5h7TKyQwu9U1bMCHGi_4",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4r",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4 ",
    };
    static const char *const words[] = {"", "U*U", "x", "plain", "*0", "password"};

    for (apr_size_t i = 0; i < COUNT(stored); i++) {
        for (apr_size_t j = 0; j < COUNT(words); j++) {
            assert_false(matches(state, &cheap, words[j], stored[i]));
        }
        assert_true(!stored[i] || as_password_needs_rehash(&cheap, stored[i]));
        assert_true(as_password_needs_rehash(&argon2id, stored[i]));
        assert_non_null(as_password_check_hash(*state, stored[i]));
    }
}

/* Logins of unknown users cost the same time. */
static void unknown_user_costs_the_same_time(void **state)
{
    const as_password_hash_options_t costly = {.cost = 8};
    const char *stored, *older;                     /* from before AuthSMSPasswordHash was raised */
    clock_t known = 0, old = 0, unknown = 0, start; /* of this process: others do not matter */

    assert_int_equal(as_password_hash(*state, &costly, "right", &stored), APR_SUCCESS);
    assert_int_equal(as_password_hash(*state, &cheap, "right", &older), APR_SUCCESS);
    for (int i = 0; i < 20; i++) {
        start = clock();
        matches(state, &costly, "wrong", stored);
        known += clock() - start;
        start = clock();
        matches(state, &costly, "wrong", older);
        old += clock() - start;
        start = clock();
        matches(state, &costly, "wrong", NULL);
        unknown += clock() - start;
    }
    assert_in_range(unknown, known / 2, known * 2);
    assert_in_range(unknown, old / 2, old * 2);
}

static void long_passwords_are_refused(void **state)
{
    char word[AS_BCRYPT_PASSWORD_MAX + 2];
    const char *hash;

    memset(word, 'a', sizeof(word));
    word[AS_BCRYPT_PASSWORD_MAX + 1] = '\0';
    assert_int_equal(as_password_hash(*state, &cheap, word, &hash), APR_EINVAL);
    word[AS_BCRYPT_PASSWORD_MAX] = '\0';
    assert_int_equal(as_password_hash(*state, &cheap, word, &hash), APR_SUCCESS);
    word[AS_BCRYPT_PASSWORD_MAX] = 'b';
    assert_false(matches(state, &cheap, word, hash));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(published_hashes_match),     POOL_TEST(hashes_are_made),
        POOL_TEST(only_the_password_matches),  POOL_TEST(unknown_user_costs_the_same_time),
        POOL_TEST(long_passwords_are_refused), POOL_TEST(argon2id_hashes_are_made),
        POOL_TEST(bounds_are_accepted),        POOL_TEST(work_is_that_of_the_most_expensive_hashes),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
