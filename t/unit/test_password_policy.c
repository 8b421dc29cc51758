/* SPDX-License-Identifier: Apache-2.0 */
/* The password policy. */
#include "token_support.h"

#include <apr_file_io.h>

#include "account/password.h"
#include "account/password_policy.h"

static void policy_returns_the_reason(void **state)
{
    static const char *const common[] = {"12345678", "Jennifer", "Chocolate", "88888888",
                                         "21212121", "TestTest", "abcdefgh",  "987654321"};
    as_password_policy_t policy = {8, 72, NULL};
    const char *error;

    assert_int_equal(as_blocklist_read(*state, AS_BLOCKLIST, &policy.list, &error), APR_SUCCESS);
    assert_null(as_password_policy_check(*state, &policy, "correct horse", "alice", "+447700900123",
                                         "App"));
    assert_null(as_password_policy_check(*state, &policy, "my password is long", NULL, NULL, NULL));
    assert_null(as_password_policy_check(
        *state, &policy,
        "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
        "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
        NULL, NULL, NULL));
    assert_non_null(strstr(as_password_policy_check(*state, &policy, "1234567", NULL, NULL, NULL),
                           "8 characters"));
    assert_non_null(
        strstr(as_password_policy_check(*state, &policy, "PassWord1", NULL, NULL, NULL), "common"));
    for (apr_size_t i = 0; i < COUNT(common); i++) {
        const char *why = as_password_policy_check(*state, &policy, common[i], NULL, NULL, NULL);

        if (!why || !strstr(why, "common")) {
            fail_msg("taken: %s", common[i]);
        }
    }
    assert_non_null(
        as_password_policy_check(*state, &policy, "WonderLand", "wonderland", NULL, NULL));
    assert_non_null(
        as_password_policy_check(*state, &policy, "07700900123", NULL, "+447700900123", NULL));
    assert_non_null(
        as_password_policy_check(*state, &policy, "+447700900123", NULL, "+447700900123", NULL));
    assert_non_null(
        as_password_policy_check(*state, &policy, "Example App", NULL, NULL, "example app"));
    policy.list = as_blocklist_empty();
    assert_null(as_password_policy_check(*state, &policy, "password1", NULL, NULL, NULL));
    assert_int_not_equal(as_blocklist_read(*state, "/nowhere", &policy.list, &error), APR_SUCCESS);
    assert_int_not_equal(as_blocklist_read(*state, "/tmp", &policy.list, &error), APR_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(policy_returns_the_reason),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
