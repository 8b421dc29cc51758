/* SPDX-License-Identifier: Apache-2.0 */
/* base64. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/base64.h"
#include "provider_support.h"

static void encodes_and_decodes_strictly(void **state)
{
    static const struct {
        const char *plain, *text;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    static const char *const bad[] = {
        "Zg",    "Zg=",    "Zg===", "Zh==",  "Zm9=", "=",        "==",    "====",
        "Zm9v=", "Zm9v==", "Z===",  "Zm 9v", "-__-", "Zg==Zg==", "Zm9v\n"};
    as_span_t bytes;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(as_base64_encode(pool, rows[i].plain, strlen(rows[i].plain)),
                            rows[i].text);
        assert_int_equal(as_base64_decode(pool, rows[i].text, strlen(rows[i].text), &bytes),
                         APR_SUCCESS);
        assert_int_equal(bytes.len, strlen(rows[i].plain));
        assert_string_equal(bytes.data, rows[i].plain);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        print_message("# %s\n", bad[i]);
        assert_int_equal(as_base64_decode(pool, bad[i], strlen(bad[i]), &bytes), APR_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(encodes_and_decodes_strictly),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
