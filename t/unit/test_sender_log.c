/* SPDX-License-Identifier: Apache-2.0 */
/* The sender log. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "provider_support.h"

static void logs_a_text_on_one_line(void **state)
{
    const as_sms_text_t text = {.to = "+447700900123",
                                .body = "Your code is 123456\r\n@x.example #123456\x7f ☎ \\"};
    as_sms_call_t call = support_call();
    const char *ref = "";

    (void)state;
    call.http = NULL;
    assert_int_equal(support_send("log", "", &text, &ref, &call), AS_SMS_OK);
    assert_string_equal(support_line, "ASM0300: SMS to +447700900123: Your code is "
                                      "123456\\x0d\\n@x.example #123456\\x7f ☎ \\");
    assert_null(ref);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(logs_a_text_on_one_line),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
