/* SPDX-License-Identifier: Apache-2.0 */
/* The sender http: its keys, its requests, and the results of canned answers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "provider_support.h"

#define JSON "body={\"to\":\"{to}\",\"text\":\"{text}\"}"
#define URL "url=https://sms.example/send"
#define GOOD URL "|" JSON

static void reports_invalid_parameters(void **state)
{
    static const support_words_t rows[] = {
        {"http", GOOD, NULL},
        {"http", GOOD "|type=json|method=PUT|ok=200|success=/a=b|ref=/c|rejected=/d=e|retry=500",
         NULL},
        {"http", GOOD "|header=X-A: b|header=X-A: c|auth=bearer:t|for=+44", NULL},
        {"http", URL "|type=form|body=t={to}&b={text}&f={from}|from=Shop", NULL},
        {"http", "method=GET|url=https://sms.example/{to_digits}?t={text}", NULL},
        {"http", GOOD "|from=a b|header=X-From: {from}", NULL},
        {"http", "", "url= is missing"},
        {"http", JSON, "url= is missing"},
        {"http", URL, "body= is missing"},
        {"http", GOOD "|method=PATCH", "method= must be POST, PUT or GET"},
        {"http", GOOD "|method=GET", "method=GET takes no body= and no type="},
        {"http", URL "|method=GET|type=form", "method=GET takes no body= and no type="},
        {"http", GOOD "|type=xml", "type= must be json or form"},
        {"http", URL "|body={\"to\":\"{to}\"}",
         "url= and body= must have {to} or {to_digits}, and {text}"},
        {"http", URL "|body={\"text\":\"{text}\"}|header=X-To: {to}",
         "url= and body= must have {to} or {to_digits}, and {text}"},
        {"http", GOOD "|from=Shop", "from= is not used: url=, body= or header= must have {from}"},
        {"http", URL "|body={\"to\":\"{to}\",\"text\":\"{text}\",\"from\":\"{from}\"}",
         "body= has {from}, but from= is missing"},
        {"http", GOOD "|auth=basic:me",
         "auth= must be basic:USER:SOURCE, bearer:SOURCE or sigv4:REGION:SERVICE:KEYID:SOURCE"},
        {"http", GOOD "|auth=bearer:env:NONE", "auth=: cannot read it"},
        {"http", GOOD "|auth=bearer:file:two lines",
         "auth= must not be empty or have control characters"},
        {"http", GOOD "|auth=bearer:a|auth=bearer:b", "auth= is given twice"},
        {"http", GOOD "|auth=bearer:a|header=authorization: b",
         "auth= cannot be combined with a header= that sets Authorization"},
        {"http", GOOD "|header=env:NONE", "header=: cannot read it"},
        {"http", GOOD "|header=file:two lines",
         "header= must not be empty or have control characters"},
        {"http", GOOD "|success=ok",
         "success= must be a JSON pointer and its value, such as /status=accepted"},
        {"http", GOOD "|secret=x",
         "unknown key secret=: must be one of url=, method=, type=, body=, header=, auth=, from=, "
         "ok=, success=, ref=, rejected=, retry=, for="},
    };

    (void)state;
    support_check_words(rows, COUNT(rows));
}

static const as_sms_text_t text = {
    .to = "+447700900123", .body = "\"1\" & \xc3\xa9\n@x #1", .id = "0190-uuid"};

/* The request for a text, and its response OK. words ends with "url=". */
static const char *request_of(const char *words, const char *path)
{
    stand_in_t *s = support_says(200, "{\"id\":\"r1\"}");
    as_sms_call_t call = support_call();
    const char *ref;

    assert_int_equal(
        support_send("http", apr_pstrcat(pool, words, "|ref=/id|url=", stand_in_url(s), path, NULL),
                     &text, &ref, &call),
        AS_SMS_OK);
    assert_string_equal(ref, "r1");
    assert_null(stand_in_request(s, 1));
    return stand_in_request(s, 0);
}

static void sends_json(void **state)
{
    const char *request =
        request_of("header=X-Id: {id}|header=X-Key: k|auth=bearer:tok en|"
                   "body={\"to\":[\"{to}\"],\"n\":{to_digits},\"t\":\"{text}\",\"i\":\"{id}\"}",
                   "/send/{id}?to={to}");

    (void)state;
    support_assert_begins(request, "POST /send/0190-uuid?to=%2B447700900123 HTTP/1.1\r\n");
    assert_string_equal(support_header(request, "Content-Type"), "application/json");
    assert_string_equal(support_header(request, "Authorization"), "Bearer tok en");
    assert_string_equal(support_header(request, "X-Id"), "0190-uuid");
    assert_string_equal(support_header(request, "X-Key"), "k");
    assert_string_equal(support_body(request),
                        "{\"to\":[\"+447700900123\"],\"n\":447700900123,"
                        "\"t\":\"\\\"1\\\" & \xc3\xa9\\n@x #1\",\"i\":\"0190-uuid\"}");
}

static void sends_a_form(void **state)
{
    const char *request = request_of("type=form|from=My Shop|auth=basic:user:se:cret|"
                                     "body=To={to}&From={from}&Text={text}&fixed=a+b",
                                     "/");

    (void)state;
    support_assert_begins(request, "POST / HTTP/1.1\r\n");
    assert_string_equal(support_header(request, "Content-Type"),
                        "application/x-www-form-urlencoded");
    assert_string_equal(support_header(request, "Authorization"), "Basic dXNlcjpzZTpjcmV0");
    assert_string_equal(support_body(request),
                        "To=%2B447700900123&From=My%20Shop&Text=%221%22%20%26"
                        "%20%C3%A9%0A%40x%20%231&fixed=a+b");
}

static void sends_get_and_put(void **state)
{
    const char *request = request_of("method=GET", "/?t={text}&n={to_digits}");

    (void)state;
    support_assert_begins(
        request, "GET /?t=%221%22%20%26%20%C3%A9%0A%40x%20%231&n=447700900123 HTTP/1.1\r\n");
    assert_null(support_header(request, "Content-Type"));
    assert_string_equal(support_body(request), "");
    request =
        request_of("method=PUT|header=content-type: text/x-json|body=[\"{to}\",\"{text}\"]", "/a");
    support_assert_begins(request, "PUT /a HTTP/1.1\r\n");
    assert_string_equal(support_header(request, "content-type"), "text/x-json");
    assert_null(support_header(request, "Content-Type"));
}

static void signs_by_sigv4(void **state)
{
    const char *request = request_of("auth=sigv4:eu-west-1:sns:AKIDEXAMPLE:s3cr3t|type=form|"
                                     "body=Action=Publish&PhoneNumber={to}&Message={text}",
                                     "/");
    const char *authorization = support_header(request, "Authorization");
    const char *scope = apr_pstrcat(
        pool, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
        apr_pstrmemdup(pool, support_header(request, "X-Amz-Date"), 8),
        "/eu-west-1/sns/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=",
        NULL);

    (void)state;
    print_message("# %s\n", authorization);
    assert_int_equal(strncmp(authorization, scope, strlen(scope)), 0);
    assert_int_equal(strspn(authorization + strlen(scope), "0123456789abcdef"), 64);
    assert_null(strstr(request, "s3cr3t"));
}

static void makes_an_id_for_a_text_without_one(void **state)
{
    static const as_sms_text_t plain = {.to = "+447700900123", .body = "x"};
    stand_in_t *s = support_says(200, "");
    as_sms_call_t call = support_call();
    const char *ref;

    (void)state;
    assert_int_equal(
        support_send(
            "http", apr_pstrcat(pool, "body=[\"{to}{text}\",\"{id}\"]|url=", stand_in_url(s), NULL),
            &plain, &ref, &call),
        AS_SMS_OK);
    assert_null(ref);
    assert_int_equal(strlen(support_body(stand_in_request(s, 0))),
                     strlen("[\"+447700900123x\",\"01a2099a-51c4-7a0e-9d3c-5d8f6d7d0a11\"]"));
}

static void maps_responses_to_results(void **state)
{
    static const support_response_t rows[] = {
        {200, "{\"status\":\"ok\",\"id\":\"1\"}", AS_SMS_OK},
        {200, "{\"status\":\"full\",\"id\":\"1\"}", AS_SMS_UNREACHABLE},
        {200, "{\"code\":\"landline\"}", AS_SMS_REJECTED},
        {200, "<html>", AS_SMS_UNKNOWN},
        {401, "", AS_SMS_CREDENTIALS},
        {403, "{\"code\":\"landline\"}", AS_SMS_REJECTED},
        {429, "", AS_SMS_RATE_LIMITED},
        {503, "", AS_SMS_TEMPORARY},
        {504, "", AS_SMS_UNKNOWN},
    };

    (void)state;
    support_check_responses(
        "http", JSON "|success=/status=ok|ref=/id|rejected=/code=landline|url=", rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_invalid_parameters),
        TEST(sends_json),
        TEST(sends_a_form),
        TEST(sends_get_and_put),
        TEST(signs_by_sigv4),
        TEST(makes_an_id_for_a_text_without_one),
        TEST(maps_responses_to_results),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
