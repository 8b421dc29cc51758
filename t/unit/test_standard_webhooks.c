/* SPDX-License-Identifier: Apache-2.0 */
/* Standard Webhooks: signing and verifying. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/mac.h"
#include "webhook_samples.h"

static const apr_time_t then = APR_INT64_C(1614265330) * APR_USEC_PER_SEC;

static void signs_the_example_of_the_specification(void **state)
{
    as_standard_webhooks_message_t message = message_of(ID, TIME, BODY);
    const char *signature;

    (void)state;
    assert_int_equal(as_standard_webhooks_sign(pool, key_of(SECRET), &message, &signature),
                     APR_SUCCESS);
    assert_string_equal(signature, SIGNATURE);
    message.id = "a.b";
    assert_int_equal(as_standard_webhooks_sign(pool, key_of(SECRET), &message, &signature),
                     APR_EINVAL);
    message.id = "";
    assert_int_equal(as_standard_webhooks_sign(pool, key_of(SECRET), &message, &signature),
                     APR_EINVAL);
}

static void accepts_only_a_valid_signature(void **state)
{
    static const struct {
        const char *secret, *id, *timestamp, *body, *signatures;
        int seconds; /* later */
        int good;
    } rows[] = {
        {SECRET, ID, TIME, BODY, SIGNATURE, 0, 1},
        {"v1," SECRET, ID, TIME, BODY, SIGNATURE, 0, 1},
        {SECRET, ID, TIME, BODY, SIGNATURE, 300, 1},
        {SECRET, ID, TIME, BODY, SIGNATURE, -300, 1},
        {SECRET, ID, TIME, BODY, SIGNATURE, 301, 0},
        {SECRET, ID, TIME, BODY, SIGNATURE, -301, 0},
        {SECRET, ID, TIME, BODY, "v1,AAAA " SIGNATURE " v1a,x", 0, 1},
        {SECRET, ID, TIME, BODY, "v1,AAAA, " SIGNATURE, 0, 1},
        {SECRET, ID, TIME, BODY, SIGNATURE ", v1,AAAA", 0, 1},
        {SECRET, ID, TIME, BODY, "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, 0},
        {SECRET, ID, TIME, BODY, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, 0},
        {SECRET, ID, TIME, BODY, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, 0},
        {SECRET, ID, TIME, BODY, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE", 0, 0},
        {SECRET, ID, TIME, BODY, "v1,G0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 0, 0},
        {SECRET, ID, TIME, BODY, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=AAAA", 0, 0},
        {SECRET, ID, TIME, BODY, "v1,g0hM", 0, 0},
        {SECRET, ID, TIME, BODY, "v1,", 0, 0},
        {SECRET, ID, TIME, BODY, " , ", 0, 0},
        {SECRET, ID, TIME, BODY, "", 0, 0},
        {SECRET, ID, TIME, BODY, NULL, 0, 0},
        {SECRET, NULL, TIME, BODY, SIGNATURE, 0, 0},
        {SECRET, ID, NULL, BODY, SIGNATURE, 0, 0},
        {SECRET, ID "x", TIME, BODY, SIGNATURE, 0, 0},
        {SECRET, ID, "1614265331", BODY, SIGNATURE, 0, 0},
        {SECRET, ID, "01614265330", BODY, SIGNATURE, 0, 0},
        {SECRET, ID, TIME "x", BODY, SIGNATURE, 0, 0},
        {SECRET, ID, "-" TIME, BODY, SIGNATURE, 0, 0},
        {SECRET, ID, "", BODY, SIGNATURE, 0, 0},
        {SECRET, ID, "99999999999999999999", BODY, SIGNATURE, 0, 0},
        {SECRET, ID, TIME, "{\"test\": 2432232315}", SIGNATURE, 0, 0},
        {SECRET, ID, TIME, BODY " ", SIGNATURE, 0, 0},
        {SECRET, ID, TIME, "", SIGNATURE, 0, 0},
        {"whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, TIME, BODY, SIGNATURE, 0, 0},
        {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID, TIME, BODY, SIGNATURE, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_standard_webhooks_message_t message =
            message_of(rows[i].id, rows[i].timestamp, rows[i].body);

        print_message("# row %d\n", (int)i);
        assert_int_equal(as_standard_webhooks_verify(pool, key_of(rows[i].secret), &message,
                                                     rows[i].signatures,
                                                     then + apr_time_from_sec(rows[i].seconds)),
                         rows[i].good);
    }
}

static void mac_comparison_includes_the_length(void **state)
{
    (void)state;
    assert_true(as_mac_equal((as_span_t){"abc", 3}, (as_span_t){"abc", 3}));
    assert_false(as_mac_equal((as_span_t){"abc", 3}, (as_span_t){"abd", 3}));
    assert_false(as_mac_equal((as_span_t){"abc", 3}, (as_span_t){"abc", 2}));
    assert_false(as_mac_equal((as_span_t){"", 0}, (as_span_t){"abc", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signs_the_example_of_the_specification),
        TEST(accepts_only_a_valid_signature),
        TEST(mac_comparison_includes_the_length),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
