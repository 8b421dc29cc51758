/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier twilio-verify against canned answers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "provider_support.h"

#define ACCOUNT "AC" HEX32
#define SERVICE "VA" HEX32
#define SID "VE" HEX32
#define NUMBER "+447700900123"
#define WORDS "account=" ACCOUNT "|token=t|service=" SERVICE
#define PATH "/v2/Services/" SERVICE
#define SHOWN(status, valid)                                                                       \
    "{\"sid\":\"" SID "\",\"to\":\"" NUMBER "\",\"channel\":\"sms\",\"status\":\"" status          \
    "\",\"valid\":" valid "}"
#define PENDING SHOWN("pending", "false")
#define APPROVED SHOWN("approved", "true")
#define CANCELED SHOWN("canceled", "false")
#define CODE(code) "{\"code\":" code ",\"message\":\"x\"}"
#define NONE CODE("20404")

/* One answer for each request, in order; a status of 0 ends them. */
typedef struct answer_t {
    int status;
    const char *body;
} answer_t;

enum { ANSWERS_MAX = 2 };

static const as_sms_recipient_t person = {"0190-uuid", NUMBER, "+44", "7700900123", NULL};

/* words: "" or more words, each after a `|`. */
static stand_in_t *verifier_with(const char *words, const answer_t *answers,
                                 as_verifier_t *verifier)
{
    stand_in_step_t *steps = apr_pcalloc(pool, (ANSWERS_MAX + 1) * sizeof(*steps));
    stand_in_t *s;

    for (int i = 0; i < ANSWERS_MAX && answers[i].status; i++) {
        steps[i] = (stand_in_step_t){stand_in_answer(pool, answers[i].status, "", answers[i].body),
                                     STAND_IN_KEEP};
    }
    s = stand_in_start(pool, steps);
    *verifier = support_verifier(
        "twilio-verify", apr_pstrcat(pool, WORDS, words, "|url=", stand_in_url(s), "/", NULL));
    return s;
}

static stand_in_t *verifier_that_says(const answer_t *answers, as_verifier_t *verifier)
{
    return verifier_with("", answers, verifier);
}

static void reports_invalid_parameters(void **state)
{
    static const support_words_t rows[] = {
        {"twilio-verify", WORDS, NULL},
        {"twilio-verify", "token=t|service=" SERVICE, "account= is missing"},
        {"twilio-verify", "account=" ACCOUNT "|token=t", "service= is missing"},
        {"twilio-verify", "account=" ACCOUNT "|token=t|service=MG" HEX32,
         "service= must be a Verify Service SID: VA and 32 hex digits"},
        {"twilio-verify", "account=x|token=t|service=" SERVICE,
         "account= must be an Account SID: AC and 32 hex digits"},
        {"twilio-verify", WORDS "|url=http://verify.example", BAD_URL},
        {"twilio-verify", WORDS "|channel=sms", NULL},
        {"twilio-verify", WORDS "|channel=auto", NULL},
        {"twilio-verify", WORDS "|channel=email", "channel= must be sms, call, whatsapp or auto"},
        {"twilio-verify", WORDS "|channel=SMS", "channel= must be sms, call, whatsapp or auto"},
    };

    (void)state;
    support_check_words(rows, COUNT(rows));
}

static void cancels_the_open_verification_and_starts(void **state)
{
    static const answer_t open_one[] = {{200, CANCELED}, {201, PENDING}};
    static const answer_t none[] = {{404, NONE}, {201, PENDING}};
    const answer_t *const rows[] = {open_one, none};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = verifier_that_says(rows[i], &v);

        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), AS_SMS_OK);
        assert_string_equal(ref, SID);
        assert_null(remote_id);
        support_assert_begins(stand_in_request(s, 0),
                              "POST " PATH "/Verifications/%2B447700900123 HTTP/1.1\r\n");
        assert_string_equal(support_body(stand_in_request(s, 0)), "Status=canceled");
        support_assert_begins(stand_in_request(s, 1), "POST " PATH "/Verifications HTTP/1.1\r\n");
        assert_string_equal(support_body(stand_in_request(s, 1)), "To=%2B447700900123&Channel=sms");
        assert_memory_equal(support_header(stand_in_request(s, 1), "Authorization"), "Basic QUMw",
                            10);
    }
}

static void starts_on_the_configured_channel(void **state)
{
    static const char *const channels[] = {"sms", "call", "whatsapp", "auto"};
    static const answer_t answers[] = {{404, NONE}, {201, PENDING}};

    (void)state;
    for (size_t i = 0; i < COUNT(channels); i++) {
        as_sms_call_t call = support_call();
        const char *words = apr_pstrcat(pool, "|channel=", channels[i], NULL);
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = verifier_with(words, answers, &v);

        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), AS_SMS_OK);
        assert_string_equal(support_body(stand_in_request(s, 1)),
                            apr_pstrcat(pool, "To=%2B447700900123&Channel=", channels[i], NULL));
    }
}

static void does_not_start_if_another_may_be_open(void **state)
{
    static const struct {
        answer_t answers[ANSWERS_MAX];
        as_sms_result_t result;
    } rows[] = {
        {{{200, PENDING}}, AS_SMS_TEMPORARY},
        {{{200, APPROVED}}, AS_SMS_TEMPORARY},
        {{{200, "<html>"}}, AS_SMS_TEMPORARY},
        {{{404, "<html>"}}, AS_SMS_CREDENTIALS},
        {{{401, CODE("20003")}}, AS_SMS_CREDENTIALS},
        {{{429, CODE("20429")}}, AS_SMS_RATE_LIMITED},
        {{{400, CODE("60200")}}, AS_SMS_REJECTED},
        {{{502, ""}}, AS_SMS_TEMPORARY},
        {{{503, ""}}, AS_SMS_TEMPORARY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_sms_call_t call = support_call();
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = verifier_that_says(rows[i].answers, &v);

        print_message("# %d %s\n", rows[i].answers[0].status, rows[i].answers[0].body);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_null(ref);
        assert_null(stand_in_request(s, 1));
    }
}

static void maps_every_response_of_a_start_to_a_result(void **state)
{
    static const struct {
        int status;
        const char *body;
        as_sms_result_t result;
    } rows[] = {
        {200, PENDING, AS_SMS_UNKNOWN},
        {201, APPROVED, AS_SMS_UNKNOWN},
        {201, "{\"sid\":\"VE1\",\"to\":\"" NUMBER "\",\"status\":\"pending\"}", AS_SMS_UNKNOWN},
        {201, "{\"sid\":\"SM" HEX32 "\",\"to\":\"" NUMBER "\",\"status\":\"pending\"}",
         AS_SMS_UNKNOWN},
        {201, "{\"sid\":\"" SID "\",\"to\":\"+447700900124\",\"status\":\"pending\"}",
         AS_SMS_UNKNOWN},
        {201, "{\"to\":\"" NUMBER "\",\"status\":\"pending\"}", AS_SMS_UNKNOWN},
        {201, "", AS_SMS_UNKNOWN},
        {302, PENDING, AS_SMS_UNKNOWN},
        {400, CODE("60200"), AS_SMS_REJECTED},
        {400, CODE("60205"), AS_SMS_REJECTED},
        {400, CODE("60223"), AS_SMS_CREDENTIALS},
        {400, CODE("60220"), AS_SMS_UNREACHABLE},
        {401, CODE("20003"), AS_SMS_CREDENTIALS},
        {403, CODE("60238"), AS_SMS_FRAUD},
        {403, CODE("60410"), AS_SMS_FRAUD},
        {403, CODE("60605"), AS_SMS_REJECTED},
        {403, CODE("69999"), AS_SMS_UNREACHABLE},
        {403, "", AS_SMS_CREDENTIALS},
        {404, NONE, AS_SMS_CREDENTIALS},
        {429, CODE("60202"), AS_SMS_RATE_LIMITED},
        {429, CODE("60203"), AS_SMS_RATE_LIMITED},
        {429, CODE("60207"), AS_SMS_RATE_LIMITED},
        {429, CODE("60212"), AS_SMS_RATE_LIMITED},
        {500, CODE("20500"), AS_SMS_TEMPORARY},
        {502, "", AS_SMS_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const answer_t answers[ANSWERS_MAX] = {{404, NONE}, {rows[i].status, rows[i].body}};
        as_sms_call_t call = support_call();
        as_verifier_t v;
        const char *remote_id, *ref;

        verifier_that_says(answers, &v);
        print_message("# %d %s\n", rows[i].status, rows[i].body);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_null(ref);
    }
}

static void only_a_complete_approval_verifies(void **state)
{
    static const struct {
        int status;
        const char *body;
        as_sms_result_t result;
    } rows[] = {
        {200, APPROVED, AS_SMS_OK},
        {201, APPROVED, AS_SMS_OK},
        {202, APPROVED, AS_SMS_UNKNOWN},
        {302, APPROVED, AS_SMS_UNKNOWN},
        {200, PENDING, AS_SMS_WRONG_CODE},
        {200, SHOWN("pending", "true"), AS_SMS_UNKNOWN},
        {200, SHOWN("approved", "false"), AS_SMS_UNKNOWN},
        {200, SHOWN("approved", "\"true\""), AS_SMS_UNKNOWN},
        {200, SHOWN("approved", "1"), AS_SMS_UNKNOWN},
        {200, SHOWN("Approved", "true"), AS_SMS_UNKNOWN},
        {200, SHOWN("max_attempts_reached", "false"), AS_SMS_TOO_MANY},
        {200, SHOWN("canceled", "false"), AS_SMS_GONE},
        {200, SHOWN("expired", "false"), AS_SMS_GONE},
        {200, SHOWN("deleted", "false"), AS_SMS_GONE},
        {200, SHOWN("failed", "false"), AS_SMS_GONE},
        {200, "{\"status\":\"approved\",\"valid\":true}", AS_SMS_UNKNOWN},
        {200, "{\"sid\":\"" SID "\",\"status\":\"approved\",\"valid\":true}", AS_SMS_UNKNOWN},
        {200,
         "{\"sid\":\"" SID "\",\"to\":\"+447700900124\",\"status\":\"approved\",\"valid\":true}",
         AS_SMS_UNKNOWN},
        {200,
         "{\"sid\":\"VE0123456789abcdef0123456789ABCDE0\",\"to\":\"" NUMBER
         "\",\"status\":\"approved\",\"valid\":true}",
         AS_SMS_UNKNOWN},
        {200, "{\"status\":\"approved\"}", AS_SMS_UNKNOWN},
        {200, "{\"valid\":true}", AS_SMS_UNKNOWN},
        {200, "<html>", AS_SMS_UNKNOWN},
        {200, "", AS_SMS_UNKNOWN},
        {404, NONE, AS_SMS_GONE},
        {404, "", AS_SMS_CREDENTIALS},
        {429, CODE("60202"), AS_SMS_TOO_MANY},
        {429, CODE("20429"), AS_SMS_RATE_LIMITED},
        {401, CODE("20003"), AS_SMS_CREDENTIALS},
        {500, "", AS_SMS_TEMPORARY},
        {502, "<html>", AS_SMS_TEMPORARY},
        {504, "", AS_SMS_TEMPORARY},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const answer_t answers[ANSWERS_MAX] = {{rows[i].status, rows[i].body}};
        as_sms_call_t call = support_call();
        as_verifier_t v;
        stand_in_t *s = verifier_that_says(answers, &v);

        print_message("# %d %s\n", rows[i].status, rows[i].body);
        assert_int_equal(v.type->check(v.self, &call, &person, SID, "123456"), rows[i].result);
        support_assert_begins(stand_in_request(s, 0),
                              "POST " PATH "/VerificationCheck HTTP/1.1\r\n");
        assert_string_equal(support_body(stand_in_request(s, 0)),
                            "VerificationSid=" SID "&Code=123456");
    }
}

/* A start whose answer was lost has no id, but perhaps a text that arrived. */
static void checks_by_number_without_an_id(void **state)
{
    static const char *const refs[] = {NULL, "", "../x", "SM" HEX32};
    static const answer_t answers[] = {{200, APPROVED}, {0, NULL}};

    (void)state;
    for (size_t i = 0; i < COUNT(refs); i++) {
        as_sms_call_t call = support_call();
        as_verifier_t v;
        stand_in_t *s = verifier_that_says(answers, &v);

        assert_int_equal(v.type->check(v.self, &call, &person, refs[i], "1234567890"), AS_SMS_OK);
        assert_string_equal(support_body(stand_in_request(s, 0)),
                            "To=%2B447700900123&Code=1234567890");
    }
}

static void sends_only_codes_of_digits(void **state)
{
    static const char *const codes[] = {"", "12345", "12345678901", "12345x", "123456&To=x"};
    static const answer_t answers[] = {{200, APPROVED}, {0, NULL}};
    as_verifier_t v;
    stand_in_t *s = verifier_that_says(answers, &v);

    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        as_sms_call_t call = support_call();

        assert_int_equal(v.type->check(v.self, &call, &person, SID, codes[i]), AS_SMS_WRONG_CODE);
    }
    assert_int_equal(stand_in_connections(s), 0);
}

static void checks_the_account(void **state)
{
    static const support_response_t rows[] = {
        {200, "{\"sid\":\"" SERVICE "\"}", AS_SMS_OK},
        SUPPORT_ACCOUNT_REFUSALS,
    };

    (void)state;
    support_check_verifier_account("twilio-verify", WORDS "|url=", "GET " PATH " HTTP/1.1\r\n",
                                   rows, COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_invalid_parameters),
        TEST(cancels_the_open_verification_and_starts),
        TEST(starts_on_the_configured_channel),
        TEST(does_not_start_if_another_may_be_open),
        TEST(maps_every_response_of_a_start_to_a_result),
        TEST(only_a_complete_approval_verifies),
        TEST(checks_by_number_without_an_id),
        TEST(sends_only_codes_of_digits),
        TEST(checks_the_account),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
