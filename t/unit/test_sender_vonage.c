/* SPDX-License-Identifier: Apache-2.0 */
/* The sender vonage against canned answers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "provider_support.h"

#define WORDS "key=k|secret=s|from=Shop"
#define PART(status) "{\"status\":\"" status "\",\"message-id\":\"0A1\"}"
#define PARTS(parts) "{\"message-count\":\"1\",\"messages\":[" parts "]}"
#define TAKEN PARTS(PART("0"))

static void reports_invalid_parameters(void **state)
{
    static const char bad_from[] =
        "from= must be a number such as +15005550006, a short code, or a name of at most 11 "
        "letters and digits";
    const support_words_t rows[] = {
        {"vonage", WORDS, NULL},
        {"vonage", "key=k|secret=s|from=+447700900123|url=https://sms.example/x/", NULL},
        {"vonage", "secret=s|from=Shop", "key= is missing"},
        {"vonage", "key=k|from=Shop", "secret= is missing"},
        {"vonage", "key=k|secret=s", "from= is missing"},
        {"vonage", "key=k|secret=s|from=a@b", bad_from},
        {"vonage", "key=k|secret=s|from=A name too long", bad_from},
        {"vonage", WORDS "|url=http://sms.example", BAD_URL},
    };

    (void)state;
    support_check_words(rows, COUNT(rows));
}

static as_sms_result_t send_to(const stand_in_t *s, const char *words, const as_sms_text_t *text,
                               const char **ref)
{
    as_sms_call_t call = support_call();
    as_sender_t sender = support_sender(
        "vonage", apr_pstrcat(pool, words, "|url=", stand_in_url(s), "/base/", NULL));

    return sender.type->send(sender.self, &call, text, ref);
}

static void sends_the_documented_request(void **state)
{
    static const struct {
        const char *words;
        as_sms_text_t text;
        const char *form;
    } rows[] = {
        {WORDS,
         {.to = "+447700900123", .body = "100% \xc2\xa3&B=C", .id = "0190-uuid"},
         "from=Shop&to=447700900123&text=100%25%20%C2%A3%26B%3DC&client-ref=0190-uuid"},
        {"key=k|secret=s|from=+15005550006",
         {.to = "+447700900123", .body = "☎ 123456"},
         "from=15005550006&to=447700900123&text=%E2%98%8E%20123456&type=unicode"},
        {WORDS "|signature=x",
         {.to = "+447700900123", .body = "x", .receipt_url = "https://a.example/s?b=c"},
         "from=Shop&to=447700900123&text=x&callback=https%3A%2F%2Fa.example%2Fs%3Fb%3Dc"},
        {WORDS,
         {.to = "+447700900123", .body = "x", .receipt_url = "https://a.example/s"},
         "from=Shop&to=447700900123&text=x"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_in_t *s = support_says(200, TAKEN);
        const char *ref, *request;

        assert_int_equal(send_to(s, rows[i].words, &rows[i].text, &ref), AS_SMS_OK);
        assert_string_equal(ref, "0A1");
        request = stand_in_request(s, 0);
        support_assert_begins(request, "POST /base/sms/json HTTP/1.1\r\n");
        assert_string_equal(support_header(request, "Authorization"), "Basic azpz");
        assert_string_equal(support_header(request, "Content-Type"),
                            "application/x-www-form-urlencoded");
        assert_string_equal(support_body(request), rows[i].form);
    }
}

static void requires_status_0_of_every_part(void **state)
{
    static const support_response_t rows[] = {
        {200, TAKEN, AS_SMS_OK},
        {200, PARTS(PART("0") "," PART("0")), AS_SMS_OK},
        {200, PARTS(PART("0") "," PART("1")), AS_SMS_UNKNOWN},
        {200, PARTS(PART("1") "," PART("0")), AS_SMS_UNKNOWN},
        {200, PARTS(PART("1") "," PART("1")), AS_SMS_RATE_LIMITED},
        {200, PARTS(PART("0") ",17"), AS_SMS_UNKNOWN},
        {200, PARTS(PART("1") ",17"), AS_SMS_UNKNOWN},
        {200, PARTS("\"0\""), AS_SMS_UNKNOWN},
        {200, PARTS(""), AS_SMS_UNKNOWN},
        {200, "{\"messages\":{\"status\":\"0\"}}", AS_SMS_UNKNOWN},
        {200, "{\"message-count\":\"1\"}", AS_SMS_UNKNOWN},
        {200, PARTS("{\"status\":\"0\"}"), AS_SMS_UNKNOWN},
        {200, PARTS("{\"status\":\"0\",\"message-id\":\"\"}"), AS_SMS_UNKNOWN},
        {200, PARTS("{\"status\":0,\"message-id\":\"0A1\"}"), AS_SMS_UNKNOWN},
        {200, PARTS("{\"message-id\":\"0A1\"}"), AS_SMS_UNKNOWN},
        {200, PARTS(PART("00")), AS_SMS_UNKNOWN},
        {200, PARTS(PART("")), AS_SMS_UNKNOWN},
        {200, PARTS(PART("-1")), AS_SMS_UNKNOWN},
        {200, "<html>", AS_SMS_UNKNOWN},
        {200, "", AS_SMS_UNKNOWN},
        {202, TAKEN, AS_SMS_UNKNOWN},
        {302, TAKEN, AS_SMS_UNKNOWN},
        {200, PARTS(PART("1")), AS_SMS_RATE_LIMITED},
        {200, PARTS(PART("2")), AS_SMS_CREDENTIALS},
        {200, PARTS(PART("3")), AS_SMS_REJECTED},
        {200, PARTS(PART("4")), AS_SMS_CREDENTIALS},
        {200, PARTS(PART("5")), AS_SMS_TEMPORARY},
        {200, PARTS(PART("6")), AS_SMS_UNREACHABLE},
        {200, PARTS(PART("7")), AS_SMS_FRAUD},
        {200, PARTS(PART("8")), AS_SMS_CREDENTIALS},
        {200, PARTS(PART("9")), AS_SMS_UNREACHABLE},
        {200, PARTS(PART("10")), AS_SMS_RATE_LIMITED},
        {200, PARTS(PART("11")), AS_SMS_CREDENTIALS},
        {200, PARTS(PART("12")), AS_SMS_REJECTED},
        {200, PARTS(PART("14")), AS_SMS_CREDENTIALS},
        {200, PARTS(PART("15")), AS_SMS_UNREACHABLE},
        {200, PARTS(PART("22")), AS_SMS_UNREACHABLE},
        {200, PARTS(PART("29")), AS_SMS_UNREACHABLE},
        {200, PARTS(PART("33")), AS_SMS_REJECTED},
        {200, PARTS(PART("99")), AS_SMS_UNREACHABLE},
        {401, "{\"title\":\"Unauthorized\"}", AS_SMS_CREDENTIALS},
        {429, "", AS_SMS_RATE_LIMITED},
        {500, "", AS_SMS_TEMPORARY},
        {502, "", AS_SMS_UNKNOWN},
    };

    (void)state;
    support_check_responses("vonage", WORDS "|url=", rows, COUNT(rows));
}

static void checks_the_account(void **state)
{
    static const support_response_t rows[] = {
        {200, "{\"value\":3.14}", AS_SMS_OK},
        SUPPORT_ACCOUNT_REFUSALS,
    };

    (void)state;
    support_check_sender_account("vonage", WORDS "|url=", "GET /account/get-balance HTTP/1.1\r\n",
                                 rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_invalid_parameters),
        TEST(sends_the_documented_request),
        TEST(requires_status_0_of_every_part),
        TEST(checks_the_account),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
