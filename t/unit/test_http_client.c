/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/http_client.h"
#include "http_stand_in.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define OK_HI "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

static const apr_interval_time_t SHORT = 300000, LONG = 5000000; /* µs */

static apr_pool_t *pool;
static as_http_client_t *client;

static int set_up(void **state)
{
    const as_http_client_options_t options = {2, apr_time_from_sec(3)};

    (void)state;
    apr_pool_create(&pool, NULL);
    return as_http_client_create(pool, &options, &client);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static as_http_client_request_t get(const char *url, apr_interval_time_t wait)
{
    return (as_http_client_request_t){
        .method = "GET", .url = url, .deadline = as_clock_monotonic() + wait};
}

static as_http_client_response_t call(const char *url, apr_interval_time_t wait)
{
    as_http_client_request_t request = get(url, wait);
    as_http_client_response_t answer;

    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_SUCCESS);
    return answer;
}

static void accepts_only_safe_urls(void **state)
{
    static const char *const yes[] = {
        "https://api.twilio.com", "https://api.twilio.com:8443/x?y=z",
        "http://127.0.0.1:1/",    "http://127.255.0.9/x",
        "http://[::1]:80/",       "http://localhost:8080",
        "http://LOCALHOST/",      "HTTPS://EXAMPLE.ORG/",
        "http://127.1/",          "http://[0:0:0:0:0:0:0:1]",
    };
    static const char *const no[] = {
        "",
        "http://example.org/",
        "http://127.0.0.1@evil.example/",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://user:pw@127.0.0.1/",
        "https://user@example.org/",
        "http://[::2]/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://evil.example#@127.0.0.1/",
        "http://evil.example\\@127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1:80",
        "//127.0.0.1/",
        "https://",
        "https://example.org/a b",
        "https://example.org/\r\nX: y",
        "https://example.org/\t",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        assert_true(as_http_client_allows_url(yes[i]));
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        print_message("# not %"
                      "d\n",
                      (int)i);
        assert_false(as_http_client_allows_url(no[i]));
    }
}

/* What a provider may say, how far the call got, and that it ends in time. */
static void returns_how_far_a_failed_call_got(void **state)
{
    static const struct {
        const char *name;
        stand_in_step_t step;
        as_http_client_outcome_t outcome;
        int status, truncated;
        const char *body;
    } rows[] = {
        {"answer", {OK_HI, STAND_IN_KEEP}, AS_HTTP_CLIENT_ANSWERED, 200, 0, "hi"},
        {"no content",
         {"HTTP/1.1 204 X\r\n\r\n", STAND_IN_KEEP},
         AS_HTTP_CLIENT_ANSWERED,
         204,
         0,
         ""},
        {"to the end of the connection",
         {"HTTP/1.1 500 X\r\n\r\nto the end", STAND_IN_CLOSE},
         AS_HTTP_CLIENT_ANSWERED,
         500,
         0,
         "to the end"},
        {"interim",
         {"HTTP/1.1 100 X\r\n\r\n" OK_HI, STAND_IN_KEEP},
         AS_HTTP_CLIENT_ANSWERED,
         200,
         0,
         "hi"},
        {"interim only",
         {"HTTP/1.1 100 X\r\n\r\n", STAND_IN_HANG},
         AS_HTTP_CLIENT_MAYBE_SENT,
         0,
         0,
         ""},
        {"redirect",
         {"HTTP/1.1 302 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", STAND_IN_KEEP},
         AS_HTTP_CLIENT_ANSWERED,
         302,
         0,
         ""},
        {"hang", {"", STAND_IN_HANG}, AS_HTTP_CLIENT_MAYBE_SENT, 0, 0, ""},
        {"drip", {OK_HI, STAND_IN_DRIP}, AS_HTTP_CLIENT_MAYBE_SENT, 0, 0, ""},
        {"close", {"", STAND_IN_CLOSE}, AS_HTTP_CLIENT_MAYBE_SENT, 0, 0, ""},
        {"reset", {"", STAND_IN_RESET}, AS_HTTP_CLIENT_MAYBE_SENT, 0, 0, ""},
        {"garbage",
         {"\x16\x03\x01 what?\r\n\r\n", STAND_IN_CLOSE},
         AS_HTTP_CLIENT_MAYBE_SENT,
         0,
         0,
         ""},
        {"old style", {"<html>hello</html>", STAND_IN_CLOSE}, AS_HTTP_CLIENT_MAYBE_SENT, 0, 0, ""},
        {"half a body, hang",
         {"HTTP/1.1 201 X\r\nContent-Length: 9\r\n\r\nhalf", STAND_IN_HANG},
         AS_HTTP_CLIENT_ANSWERED,
         201,
         1,
         "half"},
        {"half a body, close",
         {"HTTP/1.1 201 X\r\nContent-Length: 9\r\n\r\nhalf", STAND_IN_CLOSE},
         AS_HTTP_CLIENT_ANSWERED,
         201,
         1,
         "half"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        stand_in_step_t steps[] = {rows[i].step, {NULL, STAND_IN_CLOSE}};
        stand_in_t *s = stand_in_start(pool, steps);
        apr_time_t begin = apr_time_now();
        as_http_client_response_t answer = call(stand_in_url(s), SHORT);

        print_message("# %s: %s\n", rows[i].name, answer.error ? answer.error : "-");
        assert_int_equal(answer.outcome, rows[i].outcome);
        assert_int_equal(answer.status, rows[i].status);
        assert_int_equal(answer.truncated, rows[i].truncated);
        assert_string_equal(answer.body.data, rows[i].body);
        assert_int_equal(answer.body.len, strlen(rows[i].body));
        assert_int_equal(!answer.error,
                         answer.outcome == AS_HTTP_CLIENT_ANSWERED && !answer.truncated);
        assert_true(apr_time_now() - begin < SHORT + 200000);
        assert_null(stand_in_request(s, 1));
    }
}

static void limits_the_response_body(void **state)
{
    static const struct {
        size_t len;
        int truncated;
    } rows[] = {
        {4096, 0}, {4097, 0}, {AS_HTTP_CLIENT_BODY_MAX, 0}, {AS_HTTP_CLIENT_BODY_MAX + 1, 1}};
    static const stand_in_step_t flood[] = {
        {"HTTP/1.1 200 X\r\nContent-Length: 1073741824\r\n\r\nmore and more", STAND_IN_FLOOD},
        {NULL, STAND_IN_CLOSE}};
    static const stand_in_step_t interim[] = {{"HTTP/1.1 100 X\r\n\r\n", STAND_IN_FLOOD},
                                              {NULL, STAND_IN_CLOSE}};
    apr_time_t begin;
    as_http_client_response_t answer;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *body = memset(apr_pcalloc(pool, rows[i].len + 1), 'x', rows[i].len);
        stand_in_step_t steps[] = {{stand_in_answer(pool, 200, "", body), STAND_IN_KEEP},
                                   {NULL, STAND_IN_CLOSE}};

        answer = call(stand_in_url(stand_in_start(pool, steps)), LONG);
        assert_int_equal(answer.truncated, rows[i].truncated);
        assert_true(answer.truncated || answer.body.len == rows[i].len);
        assert_int_equal(strspn(answer.body.data, "x"), answer.body.len);
    }
    answer = call(stand_in_url(stand_in_start(pool, flood)), LONG);
    assert_int_equal(answer.status, 200);
    assert_true(answer.truncated);
    assert_true(answer.body.len <= AS_HTTP_CLIENT_BODY_MAX);

    begin = apr_time_now();
    answer = call(stand_in_url(stand_in_start(pool, interim)), LONG);
    assert_int_equal(answer.outcome, AS_HTTP_CLIENT_MAYBE_SENT);
    assert_true(apr_time_now() - begin < LONG / 2);
}

static void limits_the_response_header(void **state)
{
    static const char line[] = "X-Line: 0123456789abcdef0123456789abcdef0123456789\r\n";
    static const struct {
        size_t bytes;
        int truncated;
    } rows[] = {{60000, 0}, {100000, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t count = rows[i].bytes / (sizeof(line) - 1);
        char *headers = apr_pcalloc(pool, rows[i].bytes + 1);
        stand_in_step_t steps[2] = {{NULL, STAND_IN_CLOSE}, {NULL, STAND_IN_CLOSE}};

        for (size_t n = 0; n < count; n++) {
            memcpy(headers + n * (sizeof(line) - 1), line, sizeof(line) - 1);
        }
        steps[0] = (stand_in_step_t){stand_in_answer(pool, 200, headers, "hi"), STAND_IN_KEEP};
        assert_int_equal(call(stand_in_url(stand_in_start(pool, steps)), LONG).truncated,
                         rows[i].truncated);
    }
}

static void nothing_is_sent_without_a_connection(void **state)
{
    static const stand_in_step_t hang[] = {{"", STAND_IN_HANG}, {NULL, STAND_IN_CLOSE}};
    stand_in_t *s = stand_in_start(pool, hang);
    as_http_client_request_t request = get(stand_in_url(s), -1);
    as_http_client_response_t answer;
    apr_time_t begin = apr_time_now();

    (void)state;
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_SUCCESS);
    assert_int_equal(answer.outcome, AS_HTTP_CLIENT_NOT_SENT);
    assert_int_equal(call("http://127.0.0.1:1/", LONG).outcome, AS_HTTP_CLIENT_NOT_SENT);
    assert_int_equal(call("https://no-such-host.invalid/", LONG).outcome, AS_HTTP_CLIENT_NOT_SENT);
    assert_int_equal(stand_in_connections(s), 0);

    /* A server that never answers the TLS greeting has been sent nothing either, and is given up in
     * time. */
    request = get(apr_pstrcat(pool, "https", stand_in_url(s) + 4, NULL), LONG);
    request.connect_by = as_clock_monotonic() + SHORT;
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_SUCCESS);
    assert_int_equal(answer.outcome, AS_HTTP_CLIENT_NOT_SENT);
    assert_true(apr_time_now() - begin < 4 * SHORT);
}

static void reuses_a_connection(void **state)
{
    static const stand_in_step_t steps[] = {{OK_HI, STAND_IN_KEEP},
                                            {OK_HI, STAND_IN_KEEP},
                                            {OK_HI, STAND_IN_CLOSE},
                                            {OK_HI, STAND_IN_KEEP},
                                            {NULL, STAND_IN_CLOSE}};
    stand_in_t *s = stand_in_start(pool, steps);

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call(stand_in_url(s), LONG).status, 200);
    }
    assert_int_equal(stand_in_connections(s), 1);
    /* Closed by the server while it was idle: seen, and replaced. */
    apr_sleep(20000);
    assert_int_equal(call(stand_in_url(s), LONG).status, 200);
    assert_int_equal(stand_in_connections(s), 2);
}

static void never_sends_a_request_twice(void **state)
{
    static const stand_in_step_t steps[] = {{OK_HI, STAND_IN_KEEP},
                                            {"", STAND_IN_CLOSE},
                                            {OK_HI, STAND_IN_KEEP},
                                            {NULL, STAND_IN_CLOSE}};
    stand_in_t *s = stand_in_start(pool, steps);
    as_http_client_response_t answer;

    (void)state;
    assert_int_equal(call(stand_in_url(s), LONG).status, 200);
    answer = call(stand_in_url(s), LONG);
    assert_int_equal(answer.outcome, AS_HTTP_CLIENT_MAYBE_SENT);
    assert_string_equal(answer.error, "a reused connection ended without a response");
    assert_null(stand_in_request(s, 2));
    assert_int_equal(call(stand_in_url(s), LONG).status, 200);
}

static void sends_method_headers_and_body(void **state)
{
    static const stand_in_step_t steps[] = {
        {OK_EMPTY, STAND_IN_KEEP}, {OK_EMPTY, STAND_IN_KEEP}, {NULL, STAND_IN_CLOSE}};
    static const char *const wanted[] = {"POST /a/b?c=%2B HTTP/1.1\r\n",
                                         "\r\nAuthorization: Basic QUMxOnRvazpl\r\n",
                                         "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                                         "\r\nX-Key: k\r\n",
                                         "\r\nContent-Length: 3\r\n",
                                         "\r\n\r\na=b"};
    static const char *const never[] = {"Authorization", "X-Key", "Content-", "a=b", "Expect:"};
    stand_in_t *s = stand_in_start(pool, steps);
    apr_array_header_t *headers = apr_array_make(pool, 1, sizeof(const char *));
    as_http_client_request_t request = {
        .method = "POST",
        .url = apr_pstrcat(pool, stand_in_url(s), "/a/b?c=%2B", NULL),
        .user = "AC1",
        .password = "tok:e",
        .headers = headers,
        .content_type = "application/x-www-form-urlencoded",
        .body = {"a=b&not this", 3},
        .deadline = as_clock_monotonic() + LONG,
    };
    as_http_client_response_t answer;

    (void)state;
    /* What the shell of whoever starts httpd says about proxies is not for us. */
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    APR_ARRAY_PUSH(headers, const char *) = "X-Key: k";
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_SUCCESS);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        assert_non_null(strstr(stand_in_request(s, 0), wanted[i]));
    }
    assert_null(strstr(stand_in_request(s, 0), "not this"));

    /* The next user of the handle inherits nothing. */
    assert_int_equal(call(stand_in_url(s), LONG).status, 200);
    assert_int_equal(stand_in_connections(s), 1);
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        assert_null(strstr(stand_in_request(s, 1), never[i]));
    }
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void sends_put(void **state)
{
    static const stand_in_step_t steps[] = {
        {OK_EMPTY, STAND_IN_KEEP}, {OK_EMPTY, STAND_IN_KEEP}, {NULL, STAND_IN_CLOSE}};
    stand_in_t *s = stand_in_start(pool, steps);
    as_http_client_request_t request = get(stand_in_url(s), LONG);
    as_http_client_response_t answer;

    (void)state;
    request.method = "PUT";
    request.body = (as_span_t){"abc", 3};
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_SUCCESS);
    assert_memory_equal(stand_in_request(s, 0), "PUT / HTTP/1.1\r\n", 16);
    assert_non_null(strstr(stand_in_request(s, 0), "\r\n\r\nabc"));
    /* The next user of the handle does not inherit the method. */
    assert_int_equal(call(stand_in_url(s), LONG).status, 200);
    assert_memory_equal(stand_in_request(s, 1), "GET / HTTP/1.1\r\n", 16);
}

/* post-x-www-form-urlencoded of the Signature Version 4 test suite that AWS published. */
static void signs_like_the_test_suite_of_aws(void **state)
{
    static const stand_in_step_t steps[] = {
        {OK_EMPTY, STAND_IN_KEEP}, {OK_EMPTY, STAND_IN_KEEP}, {NULL, STAND_IN_CLOSE}};
    static const char signature[] =
        "\r\nAuthorization: AWS4-HMAC-SHA256 "
        "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a\r\n";
    stand_in_t *s = stand_in_start(pool, steps);
    apr_array_header_t *headers = apr_array_make(pool, 2, sizeof(const char *));
    as_http_client_request_t request = get(apr_pstrcat(pool, stand_in_url(s), "/", NULL), LONG);
    as_http_client_response_t answer;

    (void)state;
    APR_ARRAY_PUSH(headers, const char *) = "Host: example.amazonaws.com";
    APR_ARRAY_PUSH(headers, const char *) = "X-Amz-Date: 20150830T123600Z";
    request.method = "POST";
    request.headers = headers;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = (as_span_t){"Param1=value1", 13};
    request.user = "AKIDEXAMPLE";
    request.password = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    request.sigv4 = "aws:amz:us-east-1:service";
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_SUCCESS);
    print_message("# %s\n", stand_in_request(s, 0));
    assert_non_null(strstr(stand_in_request(s, 0), signature));
    assert_null(strstr(stand_in_request(s, 0), "Basic"));
    assert_int_equal(call(stand_in_url(s), LONG).status, 200);
    assert_null(strstr(stand_in_request(s, 1), "Authorization"));
}

static void rejects_cr_and_lf_in_headers(void **state)
{
    static const stand_in_step_t none[] = {{NULL, STAND_IN_CLOSE}};
    stand_in_t *s = stand_in_start(pool, none);
    static const char *const bad_headers[] = {"X: y\r\nZ: 1", "X: y\nZ: 1", "X: y\rZ: 1"};
    apr_array_header_t *headers = apr_array_make(pool, 1, sizeof(const char *));
    as_http_client_request_t good = get(stand_in_url(s), LONG), request;
    as_http_client_response_t answer;

    (void)state;
    for (size_t i = 0; i < sizeof(bad_headers) / sizeof(bad_headers[0]); i++) {
        request = good;
        request.headers = headers;
        apr_array_clear(headers);
        APR_ARRAY_PUSH(headers, const char *) = bad_headers[i];
        assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_EINVAL);
    }
    request = good;
    request.content_type = "text/plain\r\nX: y";
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_EINVAL);
    request = good;
    request.user = "a\nb";
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_EINVAL);
    request = good;
    request.method = "GET / HTTP/1.1\r\nX: y\r\n\r\nGET";
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_EINVAL);
    request = good;
    request.url = apr_pstrcat(pool, good.url, "/\r\nX: y", NULL);
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_EINVAL);
    assert_int_equal(stand_in_connections(s), 0);
}

static void parses_retry_after(void **state)
{
    static const struct {
        const char *header;
        apr_int64_t seconds;
    } rows[] = {
        {"", 0},
        {"Retry-After: 30\r\n", 30},
        {"Retry-After: 0\r\n", 0},
        {"Retry-After: -5\r\n", 0},
        {"Retry-After: soon\r\n", 0},
        {"Retry-After: 9999999999\r\n", 86400},
        {"Retry-After: 86401\r\n", 86400},
        {"Retry-After: 999999999999999999999\r\n", 86400},
        {"retry-after:86399 \r\n", 86399},
        {"Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", 86400},
        {"Retry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        stand_in_step_t steps[] = {{stand_in_answer(pool, 429, rows[i].header, ""), STAND_IN_KEEP},
                                   {NULL, STAND_IN_CLOSE}};
        as_http_client_response_t answer = call(stand_in_url(stand_in_start(pool, steps)), LONG);

        print_message("# %s", *rows[i].header ? rows[i].header : "none\n");
        assert_int_equal(answer.status, 429);
        assert_int_equal(answer.retry_after, apr_time_from_sec(rows[i].seconds));
    }
}

static void parses_date(void **state)
{
    static const struct {
        const char *header;
        apr_int64_t seconds;
    } rows[] = {
        {"", 0},
        {"Date: Mon, 30 Nov 2026 12:00:00 GMT\r\n", 1796040000},
        {"Date: now\r\n", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        stand_in_step_t steps[] = {{stand_in_answer(pool, 200, rows[i].header, ""), STAND_IN_KEEP},
                                   {NULL, STAND_IN_CLOSE}};
        as_http_client_response_t answer = call(stand_in_url(stand_in_start(pool, steps)), LONG);

        assert_int_equal(answer.date, apr_time_from_sec(rows[i].seconds));
    }
}

static void *hang_for_a_while(void *url)
{
    as_http_client_request_t request = get(url, 3 * SHORT);
    as_http_client_response_t answer;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    as_http_client_send(client, p, &request, &answer);
    apr_pool_destroy(p);
    return NULL;
}

static void returns_busy_above_the_parallel_limit(void **state)
{
    static const stand_in_step_t hang[] = {{"", STAND_IN_HANG}, {NULL, STAND_IN_CLOSE}};
    stand_in_t *s[] = {stand_in_start(pool, hang), stand_in_start(pool, hang)};
    pthread_t threads[2];
    as_http_client_request_t request = get(stand_in_url(s[0]), LONG);
    as_http_client_response_t answer;
    apr_time_t begin;

    (void)state;
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, hang_for_a_while, (void *)(uintptr_t)stand_in_url(s[i]));
    }
    while (!stand_in_request(s[0], 0) || !stand_in_request(s[1], 0)) {
        apr_sleep(1000);
    }
    begin = apr_time_now();
    assert_int_equal(as_http_client_send(client, pool, &request, &answer), APR_EAGAIN);
    assert_in_range(apr_time_now() - begin, 90000, 250000);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(call("http://127.0.0.1:1/", LONG).outcome, AS_HTTP_CLIENT_NOT_SENT);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(accepts_only_safe_urls),
        TEST(returns_how_far_a_failed_call_got),
        TEST(limits_the_response_body),
        TEST(limits_the_response_header),
        TEST(nothing_is_sent_without_a_connection),
        TEST(reuses_a_connection),
        TEST(never_sends_a_request_twice),
        TEST(sends_method_headers_and_body),
        TEST(sends_put),
        TEST(signs_like_the_test_suite_of_aws),
        TEST(rejects_cr_and_lf_in_headers),
        TEST(parses_retry_after),
        TEST(parses_date),
        TEST(returns_busy_above_the_parallel_limit),
    };

    signal(SIGPIPE, SIG_IGN);
    apr_initialize();
    as_http_client_global_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
