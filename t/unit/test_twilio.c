/* SPDX-License-Identifier: Apache-2.0 */
/* The providers against canned answers: what they send, and what they take an answer for. */
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
#define SENT                                                                                       \
    "{\"success\":true,\"message\":\"SMS token was sent\",\"cellphone\":\"+1-XXX-XXX-XX85\"}"
#define NEW_USER                                                                                   \
    "{\"message\":\"User created successfully.\",\"user\":{\"id\":1000},\"success\":true}"
#define NO_USER                                                                                    \
    "{\"message\":\"User not found.\",\"success\":false,\"errors\":{\"message\":\"User not "       \
    "found.\"},\"error_code\":\"60026\"}"
#define VALID "{\"message\":\"Token is valid.\",\"token\":\"is valid\",\"success\":\"true\"}"
#define ERROR_CODE(code) "{\"message\":\"x\",\"success\":false,\"error_code\":\"" code "\"}"

/* ---- the words of a directive ---- */

#define TWILIO "account=" ACCOUNT "|token=t|"
#define TAKES "it takes account=, token=, from=, messaging-service=, url="
static void tells_what_is_wrong_with_its_words(void **state)
{
    static const support_words_t rows[] = {
        {"log", "", NULL},
        {"log", "url=https://x", "it takes no keys"},
        {"twilio", TWILIO "from=+15005550006", NULL},
        {"twilio", TWILIO "from=12345", NULL},
        {"twilio", TWILIO "from=My Shop", NULL},
        {"twilio", TWILIO "messaging-service=MG" HEX32 "|url=http://127.0.0.1:1/x/", NULL},
        {"twilio", "", "account= is missing"},
        {"twilio", "account=" ACCOUNT "|from=+15005550006", "token= is missing"},
        {"twilio", TWILIO, "exactly one of from=, messaging-service= must be given"},
        {"twilio", TWILIO "from=12345|messaging-service=MG" HEX32,
         "exactly one of from=, messaging-service= must be given"},
        {"twilio", TWILIO "token=u", "token= is given twice"},
        {"twilio", "token=", "token= has no value"},
        {"twilio", "token=env:NONE", "token=: cannot read it"},
        {"twilio", "token=file:two lines", "token= must not be empty or have control characters"},
        {"twilio", TWILIO "form=12345", "form= is not a key of it: " TAKES},
        {"twilio", "5eCr3t",
         "a word is not key=value with a key of it (a pair with blanks is quoted whole): " TAKES},
        {"twilio", "c2VjcmV0IG9mIG91cnM=",
         "a word is not key=value with a key of it (a pair with blanks is quoted whole): " TAKES},
        {"twilio", "account=AC123|token=t|from=12345",
         "account= must be an Account SID: AC and 32 hex digits"},
        {"twilio", "account=" ACCOUNT "/../x|token=t|from=12345",
         "account= must be an Account SID: AC and 32 hex digits"},
        {"twilio", TWILIO "from=PN" HEX32,
         "from= must be a number such as +15005550006, a short code, or a name of at most 11 "
         "letters and digits"},
        {"twilio", TWILIO "messaging-service=" ACCOUNT,
         "messaging-service= must be a Messaging Service SID: MG and 32 hex digits"},
        {"twilio", TWILIO "from=12345|url=http://127.0.0.1@evil.example/", BAD_URL},
        {"twilio", TWILIO "from=12345|url=http://localhost.evil.example", BAD_URL},
        {"twilio", TWILIO "from=12345|url=https://example.org/?x", BAD_URL},
        {"authy", "key=k", NULL},
        {"authy", "key=k|email=sms+{id}@example.org|url=https://example.org", NULL},
        {"authy", "email=a@b", "key= is missing"},
        {"authy", "key=k|email=nobody",
         "email= must be an address such as {id}@users.invalid, where {id} is the account's id"},
        {"authy", "key=k|url=ftp://127.0.0.1", BAD_URL},
    };

    (void)state;
    support_check_words(rows, COUNT(rows));
    assert_null(as_sender_find("authy"));
    assert_null(as_verifier_find("local"));
    assert_string_equal(as_sender_names(pool), "log, twilio, vonage, webhook");
    assert_string_equal(as_verifier_names(pool), "authy, twilio-verify");
}

/* ---- senders ---- */

static as_sms_result_t send_with(const char *name, const char *words, const as_text_t *text,
                                 const char **ref, as_sms_call_t *call)
{
    as_sender_t sender = support_sender(name, words);

    return sender.type->send(sender.self, call, text, ref);
}

static void logs_a_text_on_one_line(void **state)
{
    const as_text_t text = {.to = "+447700900123",
                            .body = "Your code is 123456\r\n@x.example #123456\x7f ☎ \\"};
    as_sms_call_t call = support_call();
    const char *ref = "";

    (void)state;
    call.http = NULL;
    assert_int_equal(send_with("log", "", &text, &ref, &call), AS_SMS_OK);
    assert_string_equal(support_line, "SMS to +447700900123: Your code is "
                                      "123456\\x0d\\n@x.example #123456\\x7f ☎ \\");
    assert_null(ref);
}

static as_sms_result_t twilio(const stand_in_t *s, const char *origin, const char **ref)
{
    const as_text_t text = {.to = "+447700900123", .body = "100% Å&B=C"};
    as_sms_call_t call = support_call();

    return send_with("twilio",
                     apr_pstrcat(pool, TWILIO, origin, "|url=", stand_in_url(s), "/base/", NULL),
                     &text, ref, &call);
}

static void asks_twilio_as_documented(void **state)
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

static void tells_twilio_what_else_it_wants(void **state)
{
    apr_time_t now = apr_time_now();
    const struct {
        as_text_t text;
        const char *more;
    } rows[] = {
        {{.receipts = "https://a.example/s?b=c"},
         "&StatusCallback=https%3A%2F%2Fa.example%2Fs%3Fb%3Dc"},
        {{.receipts = "https://a.example/s", .id = "0190-a"},
         "&StatusCallback=https%3A%2F%2Fa.example%2Fs%3Ftext%3D0190-a"},
        {{.receipts = "https://a.example/s?b=c", .id = "0190-a"},
         "&StatusCallback=https%3A%2F%2Fa.example%2Fs%3Fb%3Dc%26text%3D0190-a"},
        {{.good_until = now + apr_time_from_msec(600900)}, "&ValidityPeriod=600"},
        {{.good_until = now + apr_time_from_sec(40000)}, "&ValidityPeriod=36000"},
        {{.good_until = now + apr_time_from_msec(900)}, "&ValidityPeriod=1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_in_t *s = support_says(201, MADE);
        as_sms_call_t call = support_call();
        as_text_t text = rows[i].text;
        const char *ref;

        text.to = "+447700900123";
        text.body = "x";
        assert_int_equal(
            send_with("twilio", apr_pstrcat(pool, TWILIO "from=12345|url=", stand_in_url(s), NULL),
                      &text, &ref, &call),
            AS_SMS_OK);
        assert_string_equal(
            support_body(stand_in_request(s, 0)),
            apr_pstrcat(pool, "To=%2B447700900123&From=12345&Body=x", rows[i].more, NULL));
    }
}

static void takes_only_twilios_yes_for_a_yes(void **state)
{
    static const struct {
        int status;
        const char *body;
        as_sms_result_t result;
    } rows[] = {
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
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *ref;
        as_sms_result_t result =
            twilio(support_says(rows[i].status, rows[i].body), "from=12345", &ref);

        print_message("# %d %s\n", rows[i].status, rows[i].body);
        assert_int_equal(result, rows[i].result);
        assert_int_equal(ref != NULL, result == AS_SMS_OK);
    }
}

static void tells_what_may_have_been_sent(void **state)
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
    const as_text_t text = {.to = "+447700900123", .body = "x"};
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
        send_with("twilio", TWILIO "from=12345|url=http://127.0.0.1:1", &text, &ref, &call),
        AS_SMS_TEMPORARY);
    assert_non_null(call.why);
}

/* ---- authy ---- */

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

static as_sms_person_t somebody(const char *remote_id)
{
    return (as_sms_person_t){"0190-uuid", "+447700900123", "+44", "7700900123", remote_id};
}

static void makes_a_user_and_sends_it_a_code(void **state)
{
    static const answer_t answers[] = {{200, NEW_USER}, {200, SENT}, {0, NULL}};
    static const char form[] =
        "\r\n\r\nuser%5Bemail%5D=sms%2B0190-uuid%40x.example&user%5Bcellphone%5D=7700900123"
        "&user%5Bcountry_code%5D=44&send_install_link_via_sms=false";
    as_sms_call_t call = support_call();
    as_sms_person_t person = somebody(NULL);
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

static void keeps_the_id_of_a_user(void **state)
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
        as_sms_person_t person = somebody(rows[i].kept);
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
static void takes_only_an_id_for_a_user(void **state)
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
        as_sms_person_t person = somebody(NULL);
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = authy_that_says(rows[i].answers, &v, "");

        print_message("# %s\n", rows[i].answers[0].body);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_null(remote_id);
        assert_null(stand_in_request(s, 1));
    }
}

static void takes_only_sent_for_sent(void **state)
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
        as_sms_person_t person = somebody("77");
        as_verifier_t v;
        const char *remote_id, *ref;
        stand_in_t *s = authy_that_says(rows[i].answers, &v, "");

        print_message("# %d %s\n", rows[i].answers[0].status, rows[i].answers[0].body);
        assert_int_equal(v.type->start(v.self, &call, &person, &remote_id, &ref), rows[i].result);
        assert_null(stand_in_request(s, 1));
    }
}

static void takes_only_a_whole_yes_for_a_right_code(void **state)
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
    as_sms_person_t person = somebody("77");

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

static void lets_nothing_but_digits_into_a_path(void **state)
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
        as_sms_person_t person = somebody(rows[i].kept);

        assert_int_equal(v.type->check(v.self, &call, &person, rows[i].ref, rows[i].code),
                         rows[i].result);
    }
    assert_int_equal(stand_in_connections(s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_what_is_wrong_with_its_words),
        TEST(logs_a_text_on_one_line),
        TEST(asks_twilio_as_documented),
        TEST(tells_twilio_what_else_it_wants),
        TEST(takes_only_twilios_yes_for_a_yes),
        TEST(tells_what_may_have_been_sent),
        TEST(makes_a_user_and_sends_it_a_code),
        TEST(keeps_the_id_of_a_user),
        TEST(takes_only_an_id_for_a_user),
        TEST(takes_only_sent_for_sent),
        TEST(takes_only_a_whole_yes_for_a_right_code),
        TEST(lets_nothing_but_digits_into_a_path),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
