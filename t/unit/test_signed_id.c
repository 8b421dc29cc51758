/* SPDX-License-Identifier: Apache-2.0 */
/* Ids with a MAC, as challenges of logins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/signed_id.h"

static const char ID[] = "01900000-0000-7000-8000-00000000000a";
static apr_pool_t *pool;

static as_span_t secret_of(const char *text)
{
    return (as_span_t){text, strlen(text)};
}

static apr_array_header_t *list_secrets(const char *first, const char *second)
{
    apr_array_header_t *secrets = apr_array_make(pool, 2, sizeof(as_span_t));

    APR_ARRAY_PUSH(secrets, as_span_t) = secret_of(first);
    APR_ARRAY_PUSH(secrets, as_span_t) = secret_of(second);
    return secrets;
}

static void own_string_is_read(void **state)
{
    const char *text, *id = NULL;

    (void)state;
    assert_int_equal(as_signed_id_create(pool, secret_of("old"), "challenge", ID, &text),
                     APR_SUCCESS);
    assert_int_equal(strlen(text), 80);
    assert_int_equal(as_signed_id_parse(pool, list_secrets("new", "old"), "challenge", text, &id),
                     APR_SUCCESS);
    assert_string_equal(id, ID);
    assert_int_equal(as_signed_id_parse(pool, list_secrets("new", "newer"), "challenge", text, &id),
                     APR_EINVAL);
    assert_int_equal(as_signed_id_parse(pool, list_secrets("new", "old"), "other", text, &id),
                     APR_EINVAL);
}

static void changed_string_is_rejected(void **state)
{
    const char *text, *id;

    (void)state;
    assert_int_equal(as_signed_id_create(pool, secret_of("s"), "challenge", ID, &text),
                     APR_SUCCESS);
    for (size_t i = 0; i <= strlen(text); i++) {
        char *changed = apr_pstrcat(pool, text, "x", NULL);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        changed[strlen(text)] = i < strlen(text) ? '\0' : 'A';
        assert_int_equal(
            as_signed_id_parse(pool, list_secrets("s", "t"), "challenge", changed, &id),
            APR_EINVAL);
        changed[i] = '\0';
        if (i < strlen(text)) {
            assert_int_equal(
                as_signed_id_parse(pool, list_secrets("s", "t"), "challenge", changed, &id),
                APR_EINVAL);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_string_is_read),
        cmocka_unit_test(changed_string_is_rejected),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
