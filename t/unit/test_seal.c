/* SPDX-License-Identifier: Apache-2.0 */
/* Texts encrypted at rest. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <string.h>

#include "base/seal.h"

static apr_pool_t *pool;

static void sealed_text_opens_only_in_its_context(void **state)
{
    static const as_span_t key = {"0123456789abcdef0123456789abcdef", 32};
    static const as_span_t other = {"another secret of thirty-two byte", 32};
    apr_array_header_t *secrets = apr_array_make(pool, 2, sizeof(as_span_t));
    const char *sealed, *again, *text;

    (void)state;
    assert_int_equal(as_seal_encrypt(pool, key, "row", "code 123456 ☎", &sealed), APR_SUCCESS);
    assert_int_equal(as_seal_encrypt(pool, key, "row", "code 123456 ☎", &again), APR_SUCCESS);
    assert_string_not_equal(sealed, again);
    assert_null(strstr(sealed, "123456"));
    assert_int_equal(as_seal_decrypt(pool, secrets, "row", sealed, &text), APR_EINVAL);
    APR_ARRAY_PUSH(secrets, as_span_t) = other;
    assert_int_equal(as_seal_decrypt(pool, secrets, "row", sealed, &text), APR_EINVAL);
    APR_ARRAY_PUSH(secrets, as_span_t) = key;
    assert_int_equal(as_seal_decrypt(pool, secrets, "row", sealed, &text), APR_SUCCESS);
    assert_string_equal(text, "code 123456 ☎");
    assert_int_equal(as_seal_decrypt(pool, secrets, "another row", sealed, &text), APR_EINVAL);
    for (size_t i = 0; i < strlen(sealed); i++) {
        char *changed = apr_pstrdup(pool, sealed);

        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_equal(as_seal_decrypt(pool, secrets, "row", changed, &text), APR_EINVAL);
        changed[i] = '\0';
        assert_int_equal(as_seal_decrypt(pool, secrets, "row", changed, &text), APR_EINVAL);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_text_opens_only_in_its_context),
    };
    int failed;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
