/* SPDX-License-Identifier: Apache-2.0 */
/* What a response to the sender http means. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "provider_support.h"
#include "sms/response_rules.h"

#define BAD_OK "ok= must be HTTP statuses from 200 to 599, such as 200,202"
#define BAD_RETRY "retry= must be HTTP statuses from 400 to 599, such as 429,500,503"
#define BAD_SUCCESS "success= must be a JSON pointer and its value, such as /status=accepted"
#define BAD_REJECTED "rejected= must be a JSON pointer and its values, such as /error/code=21,22"
#define BAD_REF "ref= must be a JSON pointer such as /messages/0/id"

/* Rules from words such as "ok=200|ref=/id". */
static apr_status_t parse(const char *words, as_response_rules_t *rules, const char **error)
{
    const apr_array_header_t *list = support_words(words);
    apr_table_t *values = apr_table_make(pool, 4);

    for (int i = 0; i < list->nelts; i++) {
        const char *word = APR_ARRAY_IDX(list, i, const char *);
        apr_size_t len = strcspn(word, "=");

        apr_table_setn(values, apr_pstrmemdup(pool, word, len), word + len + 1);
    }
    return as_response_rules_parse(pool, values, rules, error);
}

static void reports_invalid_rules(void **state)
{
    static const struct {
        const char *words, *error;
    } rows[] = {
        {"ok=", BAD_OK},
        {"ok=20", BAD_OK},
        {"ok=2000", BAD_OK},
        {"ok=199", BAD_OK},
        {"ok=600", BAD_OK},
        {"ok=200,", BAD_OK},
        {"ok=200, 202", BAD_OK},
        {"ok=2xx", BAD_OK},
        {"retry=399", BAD_RETRY},
        {"retry=none", BAD_RETRY},
        {"ok=200,429", "ok= and retry= must not have a status in common (retry= is 429,500,503 by "
                       "default)"},
        {"success=status=ok", BAD_SUCCESS},
        {"success=/status", BAD_SUCCESS},
        {"success=/status=", BAD_SUCCESS},
        {"success=/status=a,", BAD_SUCCESS},
        {"success=/sta~tus=ok", BAD_SUCCESS},
        {"rejected=/code=,a", BAD_REJECTED},
        {"rejected=code", BAD_REJECTED},
        {"ref=id", BAD_REF},
        {"ref=/~2", BAD_REF},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_response_rules_t rules;
        const char *error = NULL;

        print_message("# %s\n", rows[i].words);
        assert_int_equal(parse(rows[i].words, &rules, &error), APR_EINVAL);
        assert_string_equal(error, rows[i].error);
    }
}

typedef struct row_t {
    const char *words;
    int status;
    const char *body;
    as_sms_result_t result;
    const char *ref, *detail; /* NULL: none; "HTTP" */
} row_t;

static void check_rows(const row_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        as_sms_call_t call = {.pool = pool, .detail = "HTTP"};
        as_http_api_response_t response = {.status = rows[i].status,
                                           .body = {rows[i].body, strlen(rows[i].body)}};
        as_response_rules_t rules;
        const char *error, *ref;

        print_message("# %s: %d %s\n", rows[i].words, rows[i].status, rows[i].body);
        assert_int_equal(parse(rows[i].words, &rules, &error), APR_SUCCESS);
        assert_int_equal(as_response_rules_apply(&rules, &call, &response, &ref), rows[i].result);
        assert_string_equal(ref ? ref : "", rows[i].ref ? rows[i].ref : "");
        assert_string_equal(call.detail, rows[i].detail ? rows[i].detail : "HTTP");
    }
}

static void without_rules_the_status_decides(void **state)
{
    static const row_t rows[] = {
        {"", 200, "", AS_SMS_OK, NULL, NULL},
        {"", 202, "<ok/>", AS_SMS_OK, NULL, NULL},
        {"", 299, "{\"error\":1}", AS_SMS_OK, NULL, NULL},
        {"", 302, "", AS_SMS_UNKNOWN, NULL, NULL},
        {"", 400, "", AS_SMS_UNREACHABLE, NULL, NULL},
        {"", 401, "{\"error\":1}", AS_SMS_CREDENTIALS, NULL, NULL},
        {"", 403, "", AS_SMS_CREDENTIALS, NULL, NULL},
        /* A refusal with a reason may depend on the number. */
        {"", 403, "{\"error\":1}", AS_SMS_UNREACHABLE, NULL, NULL},
        {"", 404, "[]", AS_SMS_UNREACHABLE, NULL, NULL},
        {"", 429, "", AS_SMS_RATE_LIMITED, NULL, NULL},
        {"", 500, "", AS_SMS_TEMPORARY, NULL, NULL},
        {"", 502, "", AS_SMS_UNKNOWN, NULL, NULL},
        {"", 503, "{}", AS_SMS_TEMPORARY, NULL, NULL},
        {"", 504, "", AS_SMS_UNKNOWN, NULL, NULL},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void follows_ok_and_retry(void **state)
{
    static const row_t rows[] = {
        {"ok=201,409", 201, "", AS_SMS_OK, NULL, NULL},
        {"ok=201,409", 409, "", AS_SMS_OK, NULL, NULL},
        {"ok=201,409", 200, "", AS_SMS_UNKNOWN, NULL, NULL},
        {"retry=502", 502, "", AS_SMS_TEMPORARY, NULL, NULL},
        {"retry=502", 429, "", AS_SMS_UNREACHABLE, NULL, NULL},
        {"retry=502", 500, "", AS_SMS_UNKNOWN, NULL, NULL},
        {"retry=502", 503, "", AS_SMS_UNKNOWN, NULL, NULL},
        {"retry=429,420", 420, "", AS_SMS_TEMPORARY, NULL, NULL},
        {"retry=429,420", 429, "", AS_SMS_RATE_LIMITED, NULL, NULL},
        {"retry=401", 401, "", AS_SMS_TEMPORARY, NULL, NULL},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

#define S "success=/messages/0/status=0"
#define MESSAGE(status) "{\"messages\":[{\"status\":" status ",\"id\":\"m1\"}]}"

static void compares_success_as_text(void **state)
{
    static const row_t rows[] = {
        {S, 200, MESSAGE("0"), AS_SMS_OK, NULL, NULL},
        {S, 200, MESSAGE("\"0\""), AS_SMS_OK, NULL, NULL},
        {S, 200, MESSAGE("\"\\u0030\""), AS_SMS_OK, NULL, NULL},
        {S "|ref=/messages/0/id", 200, MESSAGE("0"), AS_SMS_OK, "m1", NULL},
        {S "|ref=/messages/0/id", 200, MESSAGE("9"), AS_SMS_UNREACHABLE, NULL, "success: 9, HTTP"},
        {S, 200, MESSAGE("0.0"), AS_SMS_UNREACHABLE, NULL, "success: 0.0, HTTP"},
        {S, 200, MESSAGE("null"), AS_SMS_UNREACHABLE, NULL, "success: null, HTTP"},
        {S, 200, MESSAGE("\"\""), AS_SMS_UNREACHABLE, NULL, "success: another value, HTTP"},
        /* Neither a number nor a code of ours may reach the log. */
        {S, 200, MESSAGE("\"447700900123\""), AS_SMS_UNREACHABLE, NULL,
         "success: another value, HTTP"},
        {S, 200, MESSAGE("\"x123456\""), AS_SMS_UNREACHABLE, NULL, "success: another value, HTTP"},
        {S, 200, MESSAGE("\"no credit\""), AS_SMS_UNREACHABLE, NULL,
         "success: another value, HTTP"},
        /* Perhaps sent. */
        {S, 200, MESSAGE("{}"), AS_SMS_UNKNOWN, NULL, "success: no value, HTTP"},
        {S, 200, "{\"messages\":[]}", AS_SMS_UNKNOWN, NULL, "success: no value, HTTP"},
        {S, 200, "", AS_SMS_UNKNOWN, NULL, "success: no value, HTTP"},
        {S, 200, "<html>", AS_SMS_UNKNOWN, NULL, "success: no value, HTTP"},
        {S, 400, MESSAGE("0"), AS_SMS_UNREACHABLE, NULL, NULL},
        {"success=/ok=true,queued", 200, "{\"ok\":true}", AS_SMS_OK, NULL, NULL},
        {"success=/ok=true,queued", 200, "{\"ok\":\"queued\"}", AS_SMS_OK, NULL, NULL},
        {"success=/0/a~1b=x=y", 200, "[{\"a/b\":\"x=y\"}]", AS_SMS_OK, NULL, NULL},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

#define R "rejected=/error/code=21,landline"
#define CODE(code) "{\"error\":{\"code\":" code "}}"

static void a_rejected_number_is_final(void **state)
{
    static const row_t rows[] = {
        {R, 400, CODE("21"), AS_SMS_REJECTED, NULL, "rejected: 21, HTTP"},
        {R, 400, CODE("\"landline\""), AS_SMS_REJECTED, NULL, "rejected: landline, HTTP"},
        {R, 200, CODE("21"), AS_SMS_REJECTED, NULL, "rejected: 21, HTTP"},
        {R, 500, CODE("21"), AS_SMS_REJECTED, NULL, "rejected: 21, HTTP"},
        {R, 400, CODE("22"), AS_SMS_UNREACHABLE, NULL, "rejected: 22, HTTP"},
        {R, 503, CODE("22"), AS_SMS_TEMPORARY, NULL, "rejected: 22, HTTP"},
        {R, 400, "", AS_SMS_UNREACHABLE, NULL, NULL},
        {R, 200, CODE("22"), AS_SMS_OK, NULL, NULL},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void reads_the_reference(void **state)
{
    static const row_t rows[] = {
        {"ref=/id", 200, "{\"id\":\"a-1\"}", AS_SMS_OK, "a-1", NULL},
        {"ref=/id", 200, "{\"id\":7712345678901234567890}", AS_SMS_OK, "7712345678901234567890",
         NULL},
        {"ref=/ids/1", 200, "{\"ids\":[\"a\",\"b\"]}", AS_SMS_OK, "b", NULL},
        {"ref=/0", 200, "[\"a\"]", AS_SMS_OK, "a", NULL},
        {"ref=/id", 200, "{\"id\":\"\"}", AS_SMS_OK, NULL, NULL},
        {"ref=/id", 200, "{\"id\":\"a b\"}", AS_SMS_OK, NULL, NULL},
        {"ref=/id", 200, "{\"id\":\"\xc3\xa9\"}", AS_SMS_OK, NULL, NULL},
        {"ref=/id", 200, "{\"id\":[1]}", AS_SMS_OK, NULL, NULL},
        {"ref=/id", 200, "{}", AS_SMS_OK, NULL, NULL},
        {"ref=/id", 200, "", AS_SMS_OK, NULL, NULL},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_invalid_rules),      TEST(without_rules_the_status_decides),
        TEST(follows_ok_and_retry),       TEST(compares_success_as_text),
        TEST(a_rejected_number_is_final), TEST(reads_the_reference),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
