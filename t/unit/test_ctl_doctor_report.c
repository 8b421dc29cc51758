/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of authsmsctl doctor. */
#include "token_support.h"

#include "ctl_doctor.h"

static void words_are_quoted_for_a_shell(void **state)
{
    assert_string_equal(ctl_doctor_quote(*state, "/etc/authsms/token.key"),
                        "/etc/authsms/token.key");
    assert_string_equal(ctl_doctor_quote(*state, ""), "''");
    assert_string_equal(ctl_doctor_quote(*state, "a b"), "'a b'");
    assert_string_equal(ctl_doctor_quote(*state, "it's"), "'it'\\''s'");
    assert_string_equal(ctl_doctor_quote(*state, "$(reboot)"), "'$(reboot)'");
    assert_string_equal(ctl_doctor_quote(*state, "a;b"), "'a;b'");
}

static void assert_split(apr_pool_t *p, const char *text, const char *message, const char *advice)
{
    const char *before;
    const char *after = ctl_doctor_split_advice(p, text, &before);

    assert_string_equal(before, message);
    if (advice) {
        assert_string_equal(after, advice);
    } else {
        assert_null(after);
    }
}

static void advice_is_the_last_clause(void **state)
{
    assert_split(*state, "limits are missing: it blocks; add to DBDParams a: b",
                 "limits are missing: it blocks", "add to DBDParams a: b");
    assert_split(*state, AS_TAG(0205) "DBDParams x: anyone can read it: chmod 750 x",
                 "DBDParams x: anyone can read it", "chmod 750 x");
    assert_split(*state, "nothing to do", "nothing to do", NULL);
}

static void logs_are_kept(void **state)
{
    ctl_doctor_log_t log;

    ctl_doctor_log_init(&log, *state);
    as_log(&log.log, AS_LOG_NOTICE, 0, "a notice");
    as_log(&log.log, AS_LOG_WARNING, 0, AS_TAG(0100) "a %s", "warning");
    as_log(&log.log, AS_LOG_ERR, 0, "first");
    as_log(&log.log, AS_LOG_CRIT, 0, "last");
    as_log(&log.log, AS_LOG_WARNING, 0, "ASM01: no tag");
    assert_int_equal(log.warnings->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(log.warnings, 1, const char *), "ASM01: no tag");
    assert_string_equal(APR_ARRAY_IDX(log.warnings, 0, const char *), "a warning");
    assert_string_equal(log.error, "last");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(words_are_quoted_for_a_shell),
        POOL_TEST(advice_is_the_last_clause),
        POOL_TEST(logs_are_kept),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
