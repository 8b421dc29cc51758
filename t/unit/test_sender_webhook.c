/* SPDX-License-Identifier: Apache-2.0 */
/* The sender webhook: requests, and the result of each answer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "webhook_samples.h"

#define PLAIN "an old-fashioned secret of ours"
#define TEXT_ID "01890a5d-ac96-774b-bcce-b302099a8057"

#define BAD_WEBHOOK_URL                                                                            \
    "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, without user and "     \
    "fragment"

static void reports_invalid_parameters(void **state)
{
    static const support_words_t rows[] = {
        {"webhook", "url=https://sms.example/a?b=c|secret=" SECRET, NULL},
        {"webhook", "url=https://sms.example|secret=v1," SECRET, NULL},
        {"webhook", "url=http://localhost:8080/x|secret=" PLAIN, NULL},
        {"webhook", "url=http://sms.example|secret=" SECRET, BAD_WEBHOOK_URL},
        {"webhook", "url=http://127.0.0.1@sms.example/|secret=" SECRET, BAD_WEBHOOK_URL},
        {"webhook", "url=http://10.0.0.1/|secret=" SECRET, BAD_WEBHOOK_URL},
        {"webhook", "url=https://sms.example/#x|secret=" SECRET, BAD_WEBHOOK_URL},
        {"webhook", "secret=" SECRET, "url= is missing"},
        {"webhook", "url=https://sms.example", "secret= is missing"},
        {"webhook", "url=https://sms.example|secret=canary",
         "secret= must be whsec_ and base64, or at least 24 bytes"},
        {"webhook", "url=https://sms.example|secret=whsec_canary",
         "secret= must be whsec_ and base64 of 24 to 64 bytes"},
        {"webhook", "url=https://sms.example|secret=whsec_c2hvcnQ=",
         "secret= must be whsec_ and base64 of 24 to 64 bytes"},
        {"webhook", "url=https://sms.example|key=x",
         "unknown key key=: must be one of url=, secret=, for="},
    };

    (void)state;
    support_check_words(rows, COUNT(rows));
}

static as_sms_result_t send_to(const stand_in_t *s, const char *secret, const as_sms_text_t *text,
                               const char **ref)
{
    as_sms_call_t call = support_call();
    as_sender_t sender = support_sender(
        "webhook", apr_pstrcat(pool, "url=", stand_in_url(s), "/in?a=b|secret=", secret, NULL));

    return sender.type->send(sender.self, &call, text, ref);
}

static void assert_signed(const char *request, const char *secret)
{
    const char *body = support_body(request);
    as_standard_webhooks_message_t message = message_of(
        support_header(request, "webhook-id"), support_header(request, "webhook-timestamp"), body);

    assert_true(as_standard_webhooks_verify(pool, key_of(secret), &message,
                                            support_header(request, "webhook-signature"),
                                            as_clock_now()));
}

static void signs_the_request(void **state)
{
    static const char *const secrets[] = {SECRET, PLAIN};
    as_sms_text_t text = {.to = "+447700900123", .body = "Your \"code\"\n☎ 123456/", .id = TEXT_ID};

    (void)state;
    for (size_t i = 0; i < COUNT(secrets); i++) {
        stand_in_t *s = support_says(204, "");
        const char *ref, *request;

        assert_int_equal(send_to(s, secrets[i], &text, &ref), AS_SMS_OK);
        assert_string_equal(ref, TEXT_ID);
        request = stand_in_request(s, 0);
        support_assert_begins(request, "POST /in?a=b HTTP/1.1\r\n");
        assert_string_equal(support_header(request, "Content-Type"), "application/json");
        assert_string_equal(support_header(request, "webhook-id"), TEXT_ID);
        assert_string_equal(support_body(request),
                            "{\"id\":\"" TEXT_ID "\",\"to\":\"+447700900123\","
                            "\"body\":\"Your \\\"code\\\"\\n☎ 123456/\"}");
        assert_signed(request, secrets[i]);
    }
}

static void sends_the_receipt_url(void **state)
{
    as_sms_text_t text = {
        .to = "+447700900123", .body = "x", .id = TEXT_ID, .receipt_url = "https://a.example/s"};
    stand_in_t *s = support_says(200, "OK");
    const char *ref;

    (void)state;
    assert_int_equal(send_to(s, SECRET, &text, &ref), AS_SMS_OK);
    assert_string_equal(support_body(stand_in_request(s, 0)),
                        "{\"id\":\"" TEXT_ID "\",\"to\":\"+447700900123\",\"body\":\"x\","
                        "\"receipts\":\"https://a.example/s\"}");
}

static void generates_an_id_for_a_text_without(void **state)
{
    as_sms_text_t text = {.to = "+447700900123", .body = "x"};
    stand_in_t *s = support_says(200, "{}");
    const char *ref;

    (void)state;
    assert_int_equal(send_to(s, SECRET, &text, &ref), AS_SMS_OK);
    assert_true(as_uuid_is_valid(ref));
    assert_string_equal(support_header(stand_in_request(s, 0), "webhook-id"), ref);
    assert_signed(stand_in_request(s, 0), SECRET);
}

static void maps_every_response_to_a_result(void **state)
{
    static const support_response_t rows[] = {
        {200, "", AS_SMS_OK},
        {202, "<html>", AS_SMS_OK},
        {204, "", AS_SMS_OK},
        {200, "{\"code\":\"ok\"}", AS_SMS_OK},
        {200, "{\"code\":\"another word\"}", AS_SMS_OK},
        {200, "{\"code\":17}", AS_SMS_OK},
        {200, "{\"code\":\"invalid_phone_number\"}", AS_SMS_REJECTED},
        {200, "{\"code\":\"blocked\"}", AS_SMS_FRAUD},
        {200, "{\"code\":\"rate_limited\"}", AS_SMS_RATE_LIMITED},
        {200, "{\"code\":\"authentication_failed\"}", AS_SMS_CREDENTIALS},
        {200, "{\"code\":\"unsupported_request\"}", AS_SMS_UNREACHABLE},
        {200, "{\"code\":\"delivery_rejected\"}", AS_SMS_UNREACHABLE},
        {200, "{\"code\":\"timeout\"}", AS_SMS_UNKNOWN},
        {200, "{\"code\":\"unknown_error\"}", AS_SMS_UNKNOWN},
        {400, "{\"code\":\"invalid_phone_number\"}", AS_SMS_REJECTED},
        {500, "{\"code\":\"ok\"}", AS_SMS_UNKNOWN},
        {301, "", AS_SMS_CREDENTIALS},
        {400, "", AS_SMS_UNREACHABLE},
        {401, "", AS_SMS_CREDENTIALS},
        {403, "", AS_SMS_CREDENTIALS},
        {404, "", AS_SMS_CREDENTIALS},
        {410, "", AS_SMS_CREDENTIALS},
        {429, "", AS_SMS_RATE_LIMITED},
        {500, "", AS_SMS_TEMPORARY},
        {502, "", AS_SMS_UNKNOWN},
        {503, "", AS_SMS_TEMPORARY},
        {504, "", AS_SMS_UNKNOWN},
    };

    (void)state;
    support_check_responses("webhook", "secret=" SECRET "|url=", rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_invalid_parameters),      TEST(signs_the_request),
        TEST(sends_the_receipt_url),           TEST(generates_an_id_for_a_text_without),
        TEST(maps_every_response_to_a_result),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
