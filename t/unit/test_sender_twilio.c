/* SPDX-License-Identifier: Apache-2.0 */
/* The sender twilio: requests, and the result of each answer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <string.h>

#include "base/clock.h"
#include "provider_support.h"

#define ACCOUNT "AC" HEX32
#define SID "SM" HEX32
#define MADE                                                                                       \
    "{\"sid\":\"" SID "\",\"status\":\"queued\",\"num_segments\":\"1\",\"error_code\":null}"
#define TWILIO "account=" ACCOUNT "|token=t|"

static as_sms_result_t twilio(const stand_in_t *s, const char *origin, const char **ref)
{
    const as_sms_text_t text = {.to = "+447700900123", .body = "100% Å&B=C"};
    as_sms_call_t call = support_call();

    return support_send("twilio",
                        apr_pstrcat(pool, TWILIO, origin, "|url=", stand_in_url(s), "/base/", NULL),
                        &text, ref, &call);
}

static void sends_the_documented_request(void **state)
{
    static const struct {
        const char *origin, *body;
    } rows[] = {
        {"from=+15005550006",
         "\r\n\r\nTo=%2B447700900123&From=%2B15005550006&Body=100%25%20%C3%85%26B%3DC"},
        {"messaging-service=MG" HEX32,
         "\r\n\r\nTo=%2B447700900123&MessagingServiceSid=MG" HEX32 "&Body=100%25%20%C3%85%26B%3DC"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_in_t *s = support_says(201, MADE);
        const char *ref, *request;

        assert_int_equal(twilio(s, rows[i].origin, &ref), AS_SMS_OK);
        assert_string_equal(ref, SID);
        request = stand_in_request(s, 0);
        assert_ptr_equal(strstr(request, "POST /base/2010-04-01/Accounts/" ACCOUNT
                                         "/Messages.json HTTP/1.1\r\n"),
                         request);
        assert_non_null(strstr(request, "\r\nAuthorization: Basic QUMwMTIz"));
        assert_non_null(strstr(request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
        assert_string_equal(strstr(request, "\r\n\r\n"), rows[i].body);
    }
}

static void sends_callback_url_and_validity(void **state)
{
    apr_time_t now = apr_time_now();
    const struct {
        as_sms_text_t text;
        const char *more;
    } rows[] = {
        {{.receipt_url = "https://a.example/s?b=c"},
         "&StatusCallback=https%3A%2F%2Fa.example%2Fs%3Fb%3Dc"},
        {{.receipt_url = "https://a.example/s", .id = "0190-a"},
         "&StatusCallback=https%3A%2F%2Fa.example%2Fs%3Ftext%3D0190-a"},
        {{.receipt_url = "https://a.example/s?b=c", .id = "0190-a"},
         "&StatusCallback=https%3A%2F%2Fa.example%2Fs%3Fb%3Dc%26text%3D0190-a"},
        {{.expires_at = now + apr_time_from_msec(600900)}, "&ValidityPeriod=600"},
        {{.expires_at = now + apr_time_from_sec(40000)}, "&ValidityPeriod=36000"},
        {{.expires_at = now + apr_time_from_msec(900)}, "&ValidityPeriod=1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_in_t *s = support_says(201, MADE);
        as_sms_call_t call = support_call();
        as_sms_text_t text = rows[i].text;
        const char *ref;

        text.to = "+447700900123";
        text.body = "x";
        assert_int_equal(
            support_send("twilio",
                         apr_pstrcat(pool, TWILIO "from=12345|url=", stand_in_url(s), NULL), &text,
                         &ref, &call),
            AS_SMS_OK);
        assert_string_equal(
            support_body(stand_in_request(s, 0)),
            apr_pstrcat(pool, "To=%2B447700900123&From=12345&Body=x", rows[i].more, NULL));
    }
}

static void maps_every_response_to_a_result(void **state)
{
    static const support_response_t rows[] = {
        {201, "{\"sid\":\"MM" HEX32 "\",\"status\":\"accepted\"}", AS_SMS_OK},
        {201, "{\"sid\":\"SM1\",\"status\":\"queued\"}", AS_SMS_UNKNOWN},
        {201, "{\"sid\":17,\"status\":\"queued\"}", AS_SMS_UNKNOWN},
        {201, "{\"status\":\"queued\"}", AS_SMS_UNKNOWN},
        {201, "{\"sid\":\"" SID "\"}", AS_SMS_UNKNOWN},
        {201, "{\"sid\":\"" SID "\",\"status\":\"failed\",\"error_code\":30005}", AS_SMS_REJECTED},
        {201, "{\"sid\":\"" SID "\",\"status\":\"failed\"}", AS_SMS_UNREACHABLE},
        {201, "{\"sid\":\"" SID "\",\"status\":\"failed\",\"error_code\":30008}",
         AS_SMS_UNREACHABLE},
        {201, "{\"sid\":\"" SID "\",\"status\":\"undelivered\",\"error_code\":30999}",
         AS_SMS_UNREACHABLE},
        {201, "{\"sid\":\"" SID "\",\"status\":\"queued\",\"error_code\":30999}", AS_SMS_UNKNOWN},
        {201, "[" MADE "]", AS_SMS_UNKNOWN},
        {201, MADE MADE, AS_SMS_UNKNOWN},
        {201, "", AS_SMS_UNKNOWN},
        {200, MADE, AS_SMS_UNKNOWN},
        {200, "<html>", AS_SMS_UNKNOWN},
        {302, MADE, AS_SMS_UNKNOWN},
        {400, "{\"code\":21211}", AS_SMS_REJECTED},
        {400, "{\"code\":21408}", AS_SMS_UNREACHABLE},
        {400, "{\"code\":21608}", AS_SMS_REJECTED},
        {400, "{\"code\":21610}", AS_SMS_REJECTED},
        {400, "{\"code\":21611}", AS_SMS_RATE_LIMITED},
        {400, "{\"code\":99999}", AS_SMS_UNREACHABLE},
        {400, "{\"code\":-1}", AS_SMS_UNREACHABLE},
        {400, "{\"code\":99999999999999999999}", AS_SMS_UNREACHABLE},
        {400, "<html>", AS_SMS_UNREACHABLE},
        {500, "{\"code\":21211}", AS_SMS_REJECTED},
        {200, "{\"code\":30450}", AS_SMS_FRAUD},
        {401, "{\"code\":20003}", AS_SMS_CREDENTIALS},
        {401, "{\"code\":99999}", AS_SMS_CREDENTIALS},
        {401, "", AS_SMS_CREDENTIALS},
        {403, "{\"code\":99999}", AS_SMS_UNREACHABLE},
        {403, "<html>", AS_SMS_CREDENTIALS},
        {404, "{\"code\":99999}", AS_SMS_UNREACHABLE},
        {429, "{\"code\":20429}", AS_SMS_RATE_LIMITED},
        {429, "", AS_SMS_RATE_LIMITED},
        {500, "{\"code\":20500}", AS_SMS_TEMPORARY},
        {500, "", AS_SMS_TEMPORARY},
        {503, "<html>", AS_SMS_TEMPORARY},
        {502, "<html>", AS_SMS_UNKNOWN},
        {504, "<html>", AS_SMS_UNKNOWN},
    };

    (void)state;
    support_check_responses("twilio", TWILIO "from=12345|url=", rows, COUNT(rows));
}

static void lost_responses_may_have_been_sent(void **state)
{
    static const struct {
        stand_in_step_t step;
        as_sms_result_t result;
    } rows[] = {
        {{"", STAND_IN_HANG}, AS_SMS_UNKNOWN},
        {{"", STAND_IN_CLOSE}, AS_SMS_UNKNOWN},
        {{"HTTP/1.1 201 X\r\nContent-Length: 1073741824\r\n\r\n" MADE, STAND_IN_FLOOD},
         AS_SMS_UNKNOWN},
        {{"HTTP/1.1 201 X\r\nContent-Length: 9999\r\n\r\n" MADE, STAND_IN_HANG}, AS_SMS_UNKNOWN},
        {{"HTTP/1.1 429 X\r\nContent-Length: 9999\r\n\r\n", STAND_IN_HANG}, AS_SMS_RATE_LIMITED},
    };
    const char *ref;
    const as_sms_text_t text = {.to = "+447700900123", .body = "x"};
    as_sms_call_t call = support_call();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_in_step_t steps[] = {rows[i].step, {NULL, STAND_IN_CLOSE}};
        stand_in_t *s = stand_in_start(pool, steps);

        assert_int_equal(twilio(s, "from=12345", &ref), rows[i].result);
        assert_null(stand_in_request(s, 1));
    }
    call.deadline = as_clock_monotonic() + apr_time_from_sec(5);
    assert_int_equal(
        support_send("twilio", TWILIO "from=12345|url=http://127.0.0.1:1", &text, &ref, &call),
        AS_SMS_TEMPORARY);
    assert_non_null(call.detail);
}

static void checks_the_account(void **state)
{
    static const support_response_t rows[] = {
        {200, "{\"status\":\"active\"}", AS_SMS_OK},
        {200, "{\"status\":\"suspended\"}", AS_SMS_CREDENTIALS},
        {401, "{\"code\":20003}", AS_SMS_CREDENTIALS},
        SUPPORT_ACCOUNT_REFUSALS,
    };

    (void)state;
    support_check_sender_account("twilio",
                                 TWILIO "from=+15005550006"
                                        "|url=",
                                 "GET /2010-04-01/Accounts/" ACCOUNT ".json HTTP/1.1\r\n", rows,
                                 COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sends_the_documented_request),
        TEST(sends_callback_url_and_validity),
        TEST(maps_every_response_to_a_result),
        TEST(lost_responses_may_have_been_sent),
        TEST(checks_the_account),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
