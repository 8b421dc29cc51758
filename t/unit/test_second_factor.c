/* SPDX-License-Identifier: Apache-2.0 */
/* Which accounts need a second kind of proof, and which methods they have left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/second_factor.h"

static apr_pool_t *pool;

static const as_user_t PLAIN = {.password = "hash", .mobile = "+447700900123", .proved_at = 1};

static as_srv_t server_with(int mode)
{
    as_srv_t sc = {.second_factor = mode};

    return sc;
}

static void need_depends_on_mode_and_account(void **state)
{
    as_srv_t off = server_with(AS_SECOND_FACTOR_OFF);
    as_srv_t enrolled = server_with(AS_SECOND_FACTOR_ENROLLED);
    as_srv_t unset = server_with(AS_UNSET);
    as_srv_t required = server_with(AS_SECOND_FACTOR_REQUIRED);
    as_user_t opted = PLAIN, passwordless = PLAIN, unproven = PLAIN;

    (void)state;
    opted.sms_factor = passwordless.sms_factor = 1;
    passwordless.password = "";
    unproven.proved_at = 0;
    assert_false(as_second_factor_is_needed(&off, &opted));
    assert_false(as_second_factor_is_needed(&enrolled, &PLAIN));
    assert_true(as_second_factor_is_needed(&enrolled, &opted));
    assert_true(as_second_factor_is_needed(&unset, &opted));
    assert_false(as_second_factor_is_needed(&enrolled, &passwordless));
    assert_true(as_second_factor_is_needed(&required, &PLAIN));
    assert_true(as_second_factor_is_needed(&required, &unproven));
    assert_true(as_second_factor_is_missing(&enrolled, &opted, "pwd"));
    assert_true(as_second_factor_is_missing(&enrolled, &opted, "sms"));
    assert_false(as_second_factor_is_missing(&enrolled, &opted, "pwd sms mfa"));
}

static void methods_add_another_kind(void **state)
{
    as_srv_t enrolled = server_with(AS_SECOND_FACTOR_ENROLLED);
    as_srv_t required = server_with(AS_SECOND_FACTOR_REQUIRED);
    as_user_t opted = PLAIN, unproven = PLAIN, passwordless = PLAIN;

    (void)state;
    opted.sms_factor = 1;
    unproven.sms_factor = 1;
    unproven.proved_at = 0;
    passwordless.password = "";
    assert_int_equal(as_second_factor_find_methods(&enrolled, &PLAIN, "pwd"), 0);
    assert_int_equal(as_second_factor_find_methods(&enrolled, &opted, "pwd"), AS_METHOD_SMS);
    assert_int_equal(as_second_factor_find_methods(&enrolled, &opted, "sms"), AS_METHOD_PASSWORD);
    assert_int_equal(as_second_factor_find_methods(&required, &PLAIN, "pwd"), AS_METHOD_SMS);
    assert_int_equal(as_second_factor_find_methods(&required, &unproven, "pwd"), 0);
    assert_int_equal(as_second_factor_find_methods(&required, &passwordless, "sms"), 0);
}

static void proofs_are_words(void **state)
{
    (void)state;
    assert_true(as_second_factor_has_proof("pwd sms mfa", "sms"));
    assert_true(as_second_factor_has_proof("pwd sms mfa", "mfa"));
    assert_false(as_second_factor_has_proof("pwd sms mfa", "m"));
    assert_false(as_second_factor_has_proof("pwds", "pwd"));
    assert_false(as_second_factor_has_proof("", "pwd"));
    assert_string_equal(as_second_factor_add_proof(pool, "", "sms"), "sms");
    assert_string_equal(as_second_factor_add_proof(pool, "sms", "sms"), "sms");
    assert_string_equal(as_second_factor_add_proof(pool, "sms", "pwd"), "sms pwd mfa");
    assert_string_equal(as_second_factor_add_proof(pool, "sms pwd mfa", "otp"), "sms pwd mfa otp");
}

static void methods_are_listed_strongest_first(void **state)
{
    json_object *list = as_second_factor_list_methods(AS_METHOD_PASSWORD | AS_METHOD_SMS);

    (void)state;
    assert_string_equal(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN),
                        "[\"sms\",\"password\"]");
    json_object_put(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(need_depends_on_mode_and_account),
        cmocka_unit_test(methods_add_another_kind),
        cmocka_unit_test(proofs_are_words),
        cmocka_unit_test(methods_are_listed_strongest_first),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
