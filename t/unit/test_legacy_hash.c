/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of htpasswd: recognized by their exact form, and verified. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>

#include "account/legacy_hash.h"
#include "account/password.h"

/* Made by htpasswd 2.4.71 -m, -s and -d for "correct horse". */
static const char *const hashes[] = {
    "$apr1$YmuNh0Ys$rBIYpAmjmvaVnut0XTYNj.",
    "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=",
    "OL0.T.hQUSdlY",
};

static void hashes_of_htpasswd_verify(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        assert_true(as_legacy_hash_is_known(hashes[i]));
        assert_true(as_legacy_hash_matches("correct horse", hashes[i]));
        assert_false(as_legacy_hash_matches("correcT horse", hashes[i]));
        assert_false(as_legacy_hash_matches("", hashes[i]));
    }
}

static void other_texts_never_match(void **state)
{
    static const char *const texts[] = {
        "",
        "*0",
        "plain",
        "{SHA}",
        "{SHA}6dcfXufJLW3J6S/9rRe4vUlBj5g",
        "{SHA}6dcfXufJLW3J6S/9rRe4vUlBj5==",
        "{sha}6dcfXufJLW3J6S/9rRe4vUlBj5g=",
        "$apr1$",
        "$apr1$$AZqGg5wWg/dsT1efjubmw1",
        "$apr1$u2RzE9IO$AZqGg5wWg/dsT1efjubmw",
        "$apr1$u2RzE9IO$AZqGg5wWg/dsT1efjubmw12",
        "$apr1$u2RzE9IOO$AZqGg5wWg/dsT1efjubmw1",
        "$apr1$u2:zE9IO$AZqGg5wWg/dsT1efjubmw1",
        "yM4jgw88udVz",
        "yM4jgw88udVzII",
        "yM4jgw88udV!I",
        "$1$abc$AZqGg5wWg/dsT1efjubmw1",
        "$5$salt$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8",
        "$6$rounds=999999999$salt$x",
        "$2y$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
    };

    (void)state;
    assert_false(as_legacy_hash_is_known(NULL));
    assert_false(as_legacy_hash_matches("x", NULL));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(as_legacy_hash_is_known(texts[i]));
        assert_false(as_legacy_hash_matches(texts[i], texts[i]));
    }
}

/* The login replaces them. */
static void they_are_verified_and_replaced(void **state)
{
    const as_password_work_t work = {.bcrypt_cost = 4};
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        int matches = -1;

        assert_int_equal(as_password_verify(p, &work, "correct horse", hashes[i], &matches), 0);
        assert_int_equal(matches, 1);
        assert_int_equal(as_password_verify(p, &work, "another horse", hashes[i], &matches), 0);
        assert_int_equal(matches, 0);
        assert_true(as_password_needs_rehash(&as_password_hash_default, hashes[i]));
        assert_null(as_password_check_hash(p, hashes[i]));
    }
}

static int set_up(void **state)
{
    apr_pool_t *p = NULL;

    apr_initialize();
    apr_pool_create(&p, NULL);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_htpasswd_verify),
        cmocka_unit_test(other_texts_never_match),
        cmocka_unit_test(they_are_verified_and_replaced),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
