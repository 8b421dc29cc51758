/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier authy: requests, and the result of each answer. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <string.h>

#include "provider_support.h"

#define SENT                                                                                       \
    "{\"success\":true,\"message\":\"SMS token was sent\",\"cellphone\":\"+1-XXX-XXX-XX85\"}"
#define NEW_USER                                                                                   \
    "{\"message\":\"User created successfully.\",\"user\":{\"id\":1000},\"success\":true}"
#define NO_USER                                                                                    \
    "{\"message\":\"User not found.\",\"success\":false,\"errors\":{\"message\":\"User not "       \
    "found.\"},\"error_code\":\"60026\"}"
#define VALID "{\"message\":\"Token is valid.\",\"token\":\"is valid\",\"success\":\"true\"}"
#define ERROR_CODE(code) "{\"message\":\"x\",\"success\":false,\"error_code\":\"" code "\"}"

/* One answer for each request, in order; a status of 0 ends them. */
typedef struct answer_t {
    int status;
    const char *body;
} answer_t;

enum { ANSWERS_MAX = 4 };

static stand_in_t *authy_that_says(const answer_t *answers, as_verifier_t *verifier,
                                   const char *more)
{
    stand_in_step_t *steps = apr_pcalloc(pool, (ANSWERS_MAX + 1) * sizeof(*steps));
    stand_in_t *s;

    for (int i = 0; i < ANSWERS_MAX && answers[i].status; i++) {
        steps[i] = (stand_in_step_t){stand_in_answer(pool, answers[i].status, "", answers[i].body),
                                     STAND_IN_KEEP};
    }
    s = stand_in_start(pool, steps);
    *verifier = support_verifier(
        "authy", apr_pstrcat(pool, "key=the key|url=", stand_in_url(s), more, NULL));
    return s;
}

static void assert_begins(const char *request, const char *words)
{
    support_assert_begins(request, words);
    assert_non_null(strstr(request, "\r\nX-Authy-API-Key: the key\r\n"));
}

static as_sms_recipient_t somebody(const char *remote_id)
{
    return (as_sms_recipient_t){"0190-uuid", "+447700900123", "+44", "7700900123", remote_id};
}

static void creates_a_user_and_sends_a_code(void **state)
{
    static const answer_t answers[] = {{200, NEW_USER}, {200, SENT}, {0, NULL}};
    static const char form[] =
        "\r\n\r\nuser%5Bemail%5D=sms%2B0190-uuid%40x.example&user%5Bcellphone%5D=7700900123"
        "&user%5Bcountry_code%5D=44&send_install_link_via_sms=false";
    as_sms_call_t call = support_call();
    as_sms_recipient_t person = somebody(NULL);
    as_verifier_t v;
    const char *remote_id, *ref;
    stand_in_t *s = authy_that_says(answers, &v, "|email=sms+{id}@x.example");

    (void)state;
    assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), AS_SMS_OK);
    assert_string_equal(remote_id, "1000");
    assert_string_equal(ref, "1000");
    assert_begins(stand_in_request(s, 0), "POST /protected/json/users/new HTTP/1.1\r\n");
    assert_string_equal(strstr(stand_in_request(s, 0), "\r\n\r\n"), form);
    assert_begins(stand_in_request(s, 1), "GET /protected/json/sms/1000?force=true HTTP/1.1\r\n");
}

static void reuses_the_id_of_a_user(void **state)
{
    static const struct {
        answer_t answers[ANSWERS_MAX];
        as_sms_result_t result;
        const char *kept, *remote_id;
        int requests;
    } rows[] = {
        {{{200, SENT}}, AS_SMS_OK, "77", "77", 1},
        {{{404, NO_USER}, {200, NEW_USER}, {200, SENT}}, AS_SMS_OK, "77", "1000", 3},
        {{{404, NO_USER}, {200, NEW_USER}, {404, NO_USER}, {200, NEW_USER}},
         AS_SMS_UNREACHABLE,
         "77",
         "1000",
         3},
        {{{200, NEW_USER}, {503, "{}"}}, AS_SMS_TEMPORARY, NULL, "1000", 2},
        {{{200, NEW_USER}, {200, SENT}}, AS_SMS_OK, "../users/new", "1000", 2},
        {{{200, NEW_USER}, {200, SENT}}, AS_SMS_OK, "12345678901234567890", "1000", 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_sms_recipient_t person = somebody(rows[i].kept);
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = authy_that_says(rows[i].answers, &v, "");

        print_message("# row %d\n", (int)i);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_string_equal(remote_id, rows[i].remote_id);
        assert_int_equal(ref != NULL, rows[i].result == AS_SMS_OK);
        assert_non_null(stand_in_request(s, rows[i].requests - 1));
        assert_null(stand_in_request(s, rows[i].requests));
    }
}

/* The answers to users/new that are no user. */
static void maps_every_response_to_users_new_to_a_result(void **state)
{
    static const struct {
        answer_t answers[ANSWERS_MAX];
        as_sms_result_t result;
    } rows[] = {
        {{{200, "{\"user\":{\"id\":1000}}"}}, AS_SMS_TEMPORARY},
        {{{200, "{\"user\":{\"id\":1000},\"success\":1}"}}, AS_SMS_TEMPORARY},
        {{{200, "{\"user\":{\"id\":1000},\"success\":\"yes\"}"}}, AS_SMS_TEMPORARY},
        {{{201, NEW_USER}}, AS_SMS_TEMPORARY},
        {{{200, "{\"user\":{\"id\":\"1/../x\"},\"success\":true}"}}, AS_SMS_TEMPORARY},
        {{{200, "{\"user\":{\"id\":-1},\"success\":true}"}}, AS_SMS_TEMPORARY},
        {{{200, "{\"user\":{\"id\":99999999999999999999},\"success\":true}"}}, AS_SMS_TEMPORARY},
        {{{200, "{\"user\":[1000],\"success\":true}"}}, AS_SMS_TEMPORARY},
        {{{200, "<html>"}}, AS_SMS_TEMPORARY},
        {{{401, ERROR_CODE("60001")}}, AS_SMS_CREDENTIALS},
        {{{401, "Requested URL was not found."}}, AS_SMS_CREDENTIALS},
        {{{400, "{\"errors\":{\"cellphone\":\"is invalid\"},\"error_code\":\"60027\"}"}},
         AS_SMS_REJECTED},
        {{{400, "{\"errors\":{\"email\":\"is invalid\"},\"error_code\":60027}"}},
         AS_SMS_CREDENTIALS},
        {{{400, "{\"errors\":\"x\",\"error_code\":\"60027\"}"}}, AS_SMS_REJECTED},
        {{{429, ERROR_CODE("60003")}}, AS_SMS_RATE_LIMITED},
        {{{400, ERROR_CODE("60127")}}, AS_SMS_UNREACHABLE},
        {{{403, ERROR_CODE("69999")}}, AS_SMS_UNREACHABLE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_sms_recipient_t person = somebody(NULL);
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = authy_that_says(rows[i].answers, &v, "");

        print_message("# %s\n", rows[i].answers[0].body);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_null(remote_id);
        assert_null(stand_in_request(s, 1));
    }
}

static void maps_every_response_to_a_result(void **state)
{
    static const struct {
        answer_t answers[ANSWERS_MAX];
        as_sms_result_t result;
    } rows[] = {
        {{{200, "{\"success\":\"true\",\"cellphone\":\"+1\"}"}}, AS_SMS_OK},
        {{{200, "{\"success\":true,\"cellphone\":\"+1\",\"ignored\":true}"}}, AS_SMS_UNREACHABLE},
        {{{200, "{\"success\":true,\"message\":\"An error ocurred while sending the SMS\"}"}},
         AS_SMS_UNREACHABLE},
        {{{200, "{\"success\":false,\"cellphone\":\"+1\"}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"cellphone\":\"+1\"}"}}, AS_SMS_UNKNOWN},
        {{{200, "<html>"}}, AS_SMS_UNKNOWN},
        {{{200, ""}}, AS_SMS_UNKNOWN},
        {{{202, SENT}}, AS_SMS_UNKNOWN},
        {{{302, SENT}}, AS_SMS_UNKNOWN},
        {{{503, "{\"success\":false,\"message\":\"User has been suspended.\"}"}}, AS_SMS_FRAUD},
        {{{503, "{\"success\":false,\"message\":\"Rate limit exceeded\"}"}}, AS_SMS_RATE_LIMITED},
        {{{503, "{\"success\":false,\"message\":\"SMS token was not sent\"}"}}, AS_SMS_UNREACHABLE},
        {{{503, ERROR_CODE("60015")}}, AS_SMS_UNREACHABLE},
        {{{400, ERROR_CODE("60082")}}, AS_SMS_REJECTED},
        {{{401, ERROR_CODE("60020")}}, AS_SMS_UNKNOWN},
        {{{401, ERROR_CODE("60001")}}, AS_SMS_CREDENTIALS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_sms_recipient_t person = somebody("77");
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = authy_that_says(rows[i].answers, &v, "");

        print_message("# %d %s\n", rows[i].answers[0].status, rows[i].answers[0].body);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_null(stand_in_request(s, 1));
    }
}

static void only_a_complete_success_verifies(void **state)
{
    static const struct {
        answer_t answers[ANSWERS_MAX];
        as_sms_result_t result;
    } rows[] = {
        {{{200, VALID}}, AS_SMS_OK},
        {{{200, "{\"token\":\"is valid\",\"success\":true}"}}, AS_SMS_OK},
        {{{200, "{\"token\":\"is valid\"}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"token\":\"is valid\",\"success\":false}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"token\":\"is valid\",\"success\":\"false\"}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"token\":\"Is valid\",\"success\":true}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"token\":\"is valid \",\"success\":true}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"success\":true}"}}, AS_SMS_UNKNOWN},
        {{{200, "{\"token\":\"is invalid\",\"success\":true}"}}, AS_SMS_WRONG_CODE},
        {{{200, "{\"token\":\"is valid\",\"token\":\"is valid\",\"success\":true}"}},
         AS_SMS_UNKNOWN},
        {{{200, SENT}}, AS_SMS_UNKNOWN},
        {{{200, "<html>"}}, AS_SMS_UNKNOWN},
        {{{201, VALID}}, AS_SMS_UNKNOWN},
        {{{302, VALID}}, AS_SMS_UNKNOWN},
        {{{401, "{\"token\":\"is invalid\",\"success\":false,\"error_code\":\"60020\"}"}},
         AS_SMS_WRONG_CODE},
        {{{401, ERROR_CODE("60019")}}, AS_SMS_WRONG_CODE},
        {{{401, "{\"errors\":{\"token\":\"is invalid\"},\"success\":false}"}}, AS_SMS_WRONG_CODE},
        {{{401, "{\"token\":\"is invalid\",\"error_code\":\"60001\"}"}}, AS_SMS_CREDENTIALS},
        {{{401, ERROR_CODE("60001")}}, AS_SMS_CREDENTIALS},
        {{{401, "Requested URL was not found."}}, AS_SMS_CREDENTIALS},
        {{{404, NO_USER}}, AS_SMS_GONE},
        {{{404, "{\"message\":\"User doesn't exist\"}"}}, AS_SMS_GONE},
        {{{429, ERROR_CODE("60003")}}, AS_SMS_RATE_LIMITED},
        {{{503, ""}}, AS_SMS_TEMPORARY},
        {{{502, "<html>"}}, AS_SMS_TEMPORARY},
        {{{504, ""}}, AS_SMS_TEMPORARY},
        {{{401, "{\"message\":\"No.\",\"success\":false}"}}, AS_SMS_UNKNOWN},
        {{{401, ERROR_CODE("69999")}}, AS_SMS_UNKNOWN},
    };
    as_sms_recipient_t person = somebody("77");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_verifier_t v;
        stand_in_t *s = authy_that_says(rows[i].answers, &v, "");

        print_message("# %d %s\n", rows[i].answers[0].status, rows[i].answers[0].body);
        assert_int_equal(v.type->check(v.self, &call, &person, "1000", "1234567"), rows[i].result);
        assert_begins(stand_in_request(s, 0),
                      "GET /protected/json/verify/1234567/1000?force=true HTTP/1.1\r\n");
    }
}

static void path_contains_only_digits(void **state)
{
    static const struct {
        const char *code, *ref, *kept;
        as_sms_result_t result;
    } rows[] = {
        {"../sms", "1000", NULL, AS_SMS_WRONG_CODE},
        {"12345", "1000", NULL, AS_SMS_WRONG_CODE},
        {"1234567890123", "1000", NULL, AS_SMS_WRONG_CODE},
        {"1234567/77#", "1000", NULL, AS_SMS_WRONG_CODE},
        {"123456?", "1000", NULL, AS_SMS_WRONG_CODE},
        {"", "1000", NULL, AS_SMS_WRONG_CODE},
        {"1234567", "77#", NULL, AS_SMS_GONE},
        {"1234567", NULL, NULL, AS_SMS_GONE},
        {"1234567", "", "12345678901234567890", AS_SMS_GONE},
    };
    static const answer_t answers[] = {{200, VALID}, {0, NULL}};
    as_verifier_t v;
    stand_in_t *s = authy_that_says(answers, &v, "");

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_sms_recipient_t person = somebody(rows[i].kept);

        assert_int_equal(v.type->check(v.self, &call, &person, rows[i].ref, rows[i].code),
                         rows[i].result);
    }
    assert_int_equal(stand_in_connections(s), 0);
}

static void checks_the_account(void **state)
{
    static const support_response_t rows[] = {
        {200, "{\"success\":true,\"app\":{\"sms_enabled\":true}}", AS_SMS_OK},
        {200, "{\"success\":true,\"app\":{\"sms_enabled\":false}}", AS_SMS_CREDENTIALS},
        {200, "{\"success\":false}", AS_SMS_TEMPORARY},
        SUPPORT_ACCOUNT_REFUSALS,
    };

    (void)state;
    support_check_verifier_account("authy",
                                   "key=k"
                                   "|url=",
                                   "GET /protected/json/app/details HTTP/1.1\r\n", rows,
                                   COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(creates_a_user_and_sends_a_code),
        TEST(reuses_the_id_of_a_user),
        TEST(maps_every_response_to_users_new_to_a_result),
        TEST(maps_every_response_to_a_result),
        TEST(only_a_complete_success_verifies),
        TEST(path_contains_only_digits),
        TEST(checks_the_account),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
