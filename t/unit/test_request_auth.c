/* SPDX-License-Identifier: Apache-2.0 */
/* auth= of the sender http. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "provider_support.h"
#include "sms/request_auth.h"

static void finds_the_source(void **state)
{
    static const struct {
        const char *value, *source;
    } rows[] = {
        {"basic:user:file:a:b", "file:a:b"},
        {"bearer:env:KEY", "env:KEY"},
        {"sigv4:eu-west-1:sns:AKIDEXAMPLE:exec:/bin/x y", "exec:/bin/x y"},
        {"basic:user", NULL},
        {"basic::secret", NULL},
        {"basic:user:", NULL},
        {"bearer:", NULL},
        {"bearer", NULL},
        {"Bearer:x", NULL},
        {"sigv4:eu-west-1:sns:AKIDEXAMPLE", NULL},
        {"sigv4:eu-west-1::AKIDEXAMPLE:x", NULL},
        {"sigv4:eu west:sns:AKIDEXAMPLE:x", NULL},
        {"sigv4:eu-west-1:sns:AK/ID:x", NULL},
        {"file:auth", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *source = as_request_auth_find_source(rows[i].value);

        print_message("# %s\n", rows[i].value);
        assert_int_equal(source != NULL, rows[i].source != NULL);
        if (source) {
            assert_string_equal(source, rows[i].source);
        }
    }
}

static void parses_each_form(void **state)
{
    as_request_auth_t auth;

    (void)state;
    assert_int_equal(as_request_auth_parse(pool, NULL, &auth), APR_SUCCESS);
    assert_true(!auth.user && !auth.password && !auth.header && !auth.sigv4);
    assert_int_equal(as_request_auth_parse(pool, "basic:me:s:e c", &auth), APR_SUCCESS);
    assert_string_equal(auth.user, "me");
    assert_string_equal(auth.password, "s:e c");
    assert_true(!auth.header && !auth.sigv4);
    assert_int_equal(as_request_auth_parse(pool, "bearer:s:ec", &auth), APR_SUCCESS);
    assert_string_equal(auth.header, "Authorization: Bearer s:ec");
    assert_true(!auth.user && !auth.sigv4);
    assert_int_equal(as_request_auth_parse(pool, "sigv4:eu-west-1:sns:AKID:s/e+c", &auth),
                     APR_SUCCESS);
    assert_string_equal(auth.sigv4, "aws:amz:eu-west-1:sns");
    assert_string_equal(auth.user, "AKID");
    assert_string_equal(auth.password, "s/e+c");
    assert_null(auth.header);
    assert_int_equal(as_request_auth_parse(pool, "digest:a:b", &auth), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_the_source),
        TEST(parses_each_form),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
