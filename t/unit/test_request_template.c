/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of requests: each value is escaped for its place, and mistakes are found at once. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "provider_support.h"
#include "sms/request_template.h"

#define BAD_URL_TEMPLATE                                                                           \
    "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, percent-encoded, "     \
    "without user and fragment, and with placeholders only in path and query"
#define BAD_JSON                                                                                   \
    "body= must be JSON once its placeholders are filled in: put them inside strings, such as "    \
    "{\"to\":\"{to}\"} (type=form is for forms)"
#define BAD_FORM "body= must be a form such as to={to}&text={text}, percent-encoded"
#define BAD_HEADER "header= must be a name, a colon and a value, such as X-Api-Key: KEY"
#define BAD_FIELD                                                                                  \
    "header= cannot set Connection, Content-Length, Expect, Host, TE, Trailer, "                   \
    "Transfer-Encoding or Upgrade"
#define UNKNOWN " has an unknown placeholder: it must be {to}, {to_digits}, {text}, {id} or {from}"

#define URL AS_REQUEST_PLACE_URL
#define JSON AS_REQUEST_PLACE_JSON
#define FORM AS_REQUEST_PLACE_FORM
#define HEADER AS_REQUEST_PLACE_HEADER

static const as_request_values_t values = {
    .to = "+447700900123",
    .text = "Caf\xc3\xa9 & \"1+1\" \\ 100%\n@a #1\t",
    .id = "0190-id",
    .from = "My Shop",
};

static void escapes_values_for_their_place(void **state)
{
    static const struct {
        as_request_place_t place;
        const char *text, *rendered;
    } rows[] = {
        {URL, "https://a.example/{to}/x?y={to_digits}&t={text}",
         "https://a.example/%2B447700900123/x?y=447700900123&t="
         "Caf%C3%A9%20%26%20%221%2B1%22%20%5C%20100%25%0A%40a%20%231%09"},
        {URL, "https://a.example?a={from}", "https://a.example?a=My%20Shop"},
        {URL, "http://127.0.0.1:1/", "http://127.0.0.1:1/"},
        {FORM, "t={text}&f={from}&{id}=%2B",
         "t=Caf%C3%A9%20%26%20%221%2B1%22%20%5C%20100%25%0A%40a%20%231%09&f=My%20Shop&0190-id=%2B"},
        {JSON,
         "{\"to\":[\"{to}\"],\"n\":{to_digits},\"t\":\"{text}\",\"{id}\":\"{from}\",\"x\":{}}",
         "{\"to\":[\"+447700900123\"],\"n\":447700900123,\"t\":\"Caf\xc3\xa9 & \\\"1+1\\\" \\\\ "
         "100%\\n@a #1\\u0009\",\"0190-id\":\"My Shop\",\"x\":{}}"},
        {JSON, "[\"\\u0041\\n{to}\\\\{id}\\\"\"]", "[\"\\u0041\\n+447700900123\\\\0190-id\\\"\"]"},
        {JSON, "[{ \"to\": \"<{to}>\" }]", "[{ \"to\": \"<+447700900123>\" }]"},
        {JSON, "\"{text}\"", "\"Caf\xc3\xa9 & \\\"1+1\\\" \\\\ 100%\\n@a #1\\u0009\""},
        {HEADER, "X-Id:{id}", "X-Id:0190-id"},
        {HEADER, "X-To: {to}, {to_digits}; {from} {}",
         "X-To: +447700900123, 447700900123; My Shop {}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_request_template_t *t;
        const char *error = "none";

        print_message("# %s\n", rows[i].text);
        assert_int_equal(
            as_request_template_compile(pool, rows[i].text, rows[i].place, "My Shop", &t, &error),
            APR_SUCCESS);
        assert_null(error);
        assert_string_equal(as_request_template_render(pool, t, &values), rows[i].rendered);
    }
}

static void a_value_is_not_a_template(void **state)
{
    static const as_request_values_t nested = {
        .to = "{text}", .text = "{to}{from}", .id = "{id}", .from = "{to}"};
    as_request_template_t *t;
    const char *error;

    (void)state;
    assert_int_equal(
        as_request_template_compile(pool, "[\"{text}{from}{id}\"]", JSON, "{to}", &t, &error),
        APR_SUCCESS);
    assert_string_equal(as_request_template_render(pool, t, &nested), "[\"{to}{from}{to}{id}\"]");
}

static void a_header_stays_one_line(void **state)
{
    static const as_request_values_t lines = {.to = "1\r\nX: y", .id = "a\nb\x7f"};
    as_request_template_t *t;
    const char *error;

    (void)state;
    assert_int_equal(as_request_template_compile(pool, "A: {to}{id}", HEADER, NULL, &t, &error),
                     APR_SUCCESS);
    assert_string_equal(as_request_template_render(pool, t, &lines), "A: 1  X: ya b ");
}

static void reports_mistakes(void **state)
{
    static const struct {
        as_request_place_t place;
        const char *text, *error;
    } rows[] = {
        {URL, "https://a.example/{number}", "url=" UNKNOWN},
        {JSON, "{\"a\":\"{Text}\",\"b\":\"{too}\"}", "body=" UNKNOWN},
        {FORM, "a={to_digit}", "body=" UNKNOWN},
        {HEADER, "X-Key: {key}", "header=" UNKNOWN},
        {URL, "https://a.example/{from}", "url= has {from}, but from= is missing"},
        {JSON, "[\"{from}\"]", "body= has {from}, but from= is missing"},
        {FORM, "a={from}", "body= has {from}, but from= is missing"},
        {HEADER, "X-From: {from}", "header= has {from}, but from= is missing"},
        {URL, "http://a.example/{to}", BAD_URL_TEMPLATE},
        {URL, "https://me@a.example/{to}", BAD_URL_TEMPLATE},
        {URL, "https://a.example/{to}#x", BAD_URL_TEMPLATE},
        {URL, "https://{to_digits}.example/", BAD_URL_TEMPLATE},
        {URL, "https://a.example{to}/", BAD_URL_TEMPLATE},
        {URL, "https://a.example:{to_digits}", BAD_URL_TEMPLATE},
        {URL, "https:{to}", BAD_URL_TEMPLATE},
        {URL, "{to}://a.example/", BAD_URL_TEMPLATE},
        {URL, "https://a.example/x y", BAD_URL_TEMPLATE},
        {URL, "https://a.example/{", BAD_URL_TEMPLATE},
        {URL, "https://a.example/%{to_digits}", BAD_URL_TEMPLATE},
        {URL, "https://a.example/%zz", BAD_URL_TEMPLATE},
        {URL, "https://a.example/caf\xc3\xa9", BAD_URL_TEMPLATE},
        {JSON, "{\"to\":{to}}", BAD_JSON},
        {JSON, "{\"to\":{text}}", BAD_JSON},
        {JSON, "{\"to\":\"{to}\"}}", BAD_JSON},
        {JSON, "{\"id\":{id}}", BAD_JSON},
        {JSON, "{\"to\":\"\\{text}\"}", BAD_JSON},
        {JSON, "{\"to\":\"\\{to}\"}", BAD_JSON},
        {JSON, "[\"\\u{to_digits}\"]", BAD_JSON},
        {JSON, "[\"\\u000{to_digits}\"]", BAD_JSON},
        {JSON, "{to:\"{to}\"}", BAD_JSON},
        {JSON, "to={to}&text={text}", BAD_JSON},
        {JSON, "{\"to\":\"{to}\",\"to\":1}", BAD_JSON},
        {JSON, "[\"\xff\"]", BAD_JSON},
        {FORM, "to={to}&text=Your code: {text}", BAD_FORM},
        {FORM, "to={to}&text=%zz", BAD_FORM},
        {FORM, "to=%{to_digits}", BAD_FORM},
        {FORM, "to=%2{to_digits}", BAD_FORM},
        {FORM, "to={to}%", BAD_FORM},
        {FORM, "{\"to\":\"{to}\"}", BAD_FORM},
        {FORM, "t=\xc3\xa9", BAD_FORM},
        {HEADER, "X-Key", BAD_HEADER},
        {HEADER, ": x", BAD_HEADER},
        {HEADER, "X Key: x", BAD_HEADER},
        {HEADER, "X-Key:", BAD_HEADER},
        {HEADER, "X-Key:  ", BAD_HEADER},
        {HEADER, "X-{id}: x", BAD_HEADER},
        {HEADER, "X-Key: a\r\nb", BAD_HEADER},
        {HEADER, "X-Text: {text}", "header= cannot have {text}, which can have several lines"},
        {HEADER, "Host: x", BAD_FIELD},
        {HEADER, "content-length: 1", BAD_FIELD},
        {HEADER, "Transfer-encoding: chunked", BAD_FIELD},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_request_template_t *t;
        const char *error = NULL;

        print_message("# %s\n", rows[i].text);
        assert_int_equal(
            as_request_template_compile(pool, rows[i].text, rows[i].place, NULL, &t, &error),
            APR_EINVAL);
        assert_string_equal(error, rows[i].error);
    }
}

static void the_from_of_the_configuration_is_checked(void **state)
{
    as_request_template_t *t;
    const char *error;

    (void)state;
    assert_int_equal(as_request_template_compile(pool, "[{from}]", JSON, "12345", &t, &error),
                     APR_SUCCESS);
    assert_int_equal(as_request_template_compile(pool, "[{from}]", JSON, "Shop", &t, &error),
                     APR_EINVAL);
    assert_int_equal(as_request_template_compile(pool, "[\"{from}\"]", JSON, "a\"b", &t, &error),
                     APR_SUCCESS);
}

static void returns_the_uses_of_a_template(void **state)
{
    static const struct {
        as_request_place_t place;
        const char *text;
        int uses;
    } rows[] = {
        {JSON, "{\"to\":\"to\"}", 0},
        {JSON, "[\"{to}\"]", AS_REQUEST_USES_TO},
        {JSON, "[{to_digits}]", AS_REQUEST_USES_TO},
        {JSON, "[\"{text}{id}\"]", AS_REQUEST_USES_TEXT | AS_REQUEST_USES_ID},
        {HEADER, "X-Key: {from}", AS_REQUEST_USES_FROM},
    };
    as_request_template_t *t;
    const char *error;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            as_request_template_compile(pool, rows[i].text, rows[i].place, "x", &t, &error),
            APR_SUCCESS);
        assert_int_equal(as_request_template_uses(t), rows[i].uses);
        assert_int_equal(as_request_template_sets(t, "x-kEY"), rows[i].place == HEADER);
        assert_false(as_request_template_sets(t, "X-Ke"));
        assert_false(as_request_template_sets(t, "X-Key:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(escapes_values_for_their_place),
        TEST(a_value_is_not_a_template),
        TEST(a_header_stays_one_line),
        TEST(reports_mistakes),
        TEST(the_from_of_the_configuration_is_checked),
        TEST(returns_the_uses_of_a_template),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
