/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "provider_support.h"

apr_pool_t *pool;
char support_line[4096];
static as_http_client_t *http;

void support_init(void)
{
    signal(SIGPIPE, SIG_IGN);
    apr_initialize();
    as_http_client_global_init();
}

int support_set_up(void **state)
{
    const as_http_client_options_t options = {4, apr_time_from_sec(3)};

    (void)state;
    support_line[0] = '\0';
    apr_pool_create(&pool, NULL);
    return as_http_client_create(pool, &options, &http);
}

int support_tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static int enabled(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_NOTICE;
}

static void write_line(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    (void)ctx;
    (void)level;
    (void)rv;
    apr_cpystrn(support_line, message, sizeof(support_line));
}

as_sms_call_t support_call(void)
{
    static const as_log_t log = {enabled, write_line, NULL};

    return (as_sms_call_t){
        .http = http, .pool = pool, .deadline = as_clock_monotonic() + 500000, .log = &log};
}

const apr_array_header_t *support_words(const char *text)
{
    apr_array_header_t *words = apr_array_make(pool, 8, sizeof(const char *));
    char *last, *word = apr_strtok(apr_pstrdup(pool, text), "|", &last);

    for (; word; word = apr_strtok(NULL, "|", &last)) {
        APR_ARRAY_PUSH(words, const char *) = word;
    }
    return words;
}

apr_status_t support_read(void *ctx, apr_pool_t *p, const char *source, const char **value,
                          const char **error)
{
    (void)ctx;
    (void)p;
    *value = strcmp(source, "file:two lines") == 0 ? "a\nb" : source;
    *error = "cannot read it";
    return strcmp(source, "env:NONE") == 0 ? APR_EINVAL : APR_SUCCESS;
}

void support_check_words(const support_words_t *rows, apr_size_t count)
{
    for (apr_size_t i = 0; i < count; i++) {
        const char *error = NULL;
        const apr_array_header_t *words = support_words(rows[i].words);
        as_sender_t sender;
        as_verifier_t verifier;
        apr_status_t rv =
            as_sender_find(rows[i].name)
                ? as_sender_make(pool, rows[i].name, words, support_read, NULL, &sender, &error)
                : as_verifier_make(pool, rows[i].name, words, support_read, NULL, &verifier,
                                   &error);

        print_message("# %s %s\n", rows[i].name, rows[i].words);
        assert_int_equal(rv, rows[i].error ? APR_EINVAL : APR_SUCCESS);
        if (rows[i].error) {
            assert_string_equal(error, rows[i].error);
        }
    }
}

as_sender_t support_sender(const char *name, const char *words)
{
    as_sender_t sender;
    const char *error = NULL;

    assert_int_equal(
        as_sender_make(pool, name, support_words(words), support_read, NULL, &sender, &error),
        APR_SUCCESS);
    return sender;
}

as_verifier_t support_verifier(const char *name, const char *words)
{
    as_verifier_t verifier;
    const char *error = NULL;

    assert_int_equal(
        as_verifier_make(pool, name, support_words(words), support_read, NULL, &verifier, &error),
        APR_SUCCESS);
    return verifier;
}

stand_in_t *support_says(int status, const char *body)
{
    stand_in_step_t *steps = apr_pcalloc(pool, 2 * sizeof(*steps));

    steps[0] = (stand_in_step_t){stand_in_answer(pool, status, "", body), STAND_IN_KEEP};
    return stand_in_start(pool, steps);
}

void support_assert_begins(const char *request, const char *begin)
{
    assert_non_null(request);
    print_message("# %s\n", begin);
    assert_int_equal(strncmp(request, begin, strlen(begin)), 0);
}

const char *support_body(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");

    assert_non_null(end);
    return end + 4;
}

const char *support_header(const char *request, const char *name)
{
    const char *found = strstr(request, apr_pstrcat(pool, "\r\n", name, ": ", NULL));

    if (!found || found > support_body(request)) {
        return NULL;
    }
    found += strlen(name) + 4;
    return apr_pstrmemdup(pool, found, strcspn(found, "\r"));
}

as_sms_result_t support_send(const char *name, const char *words, const as_sms_text_t *text,
                             const char **ref, as_sms_call_t *call)
{
    as_sender_t sender = support_sender(name, words);

    return sender.type->send(sender.self, call, text, ref);
}

void support_check_responses(const char *name, const char *words, const support_response_t *rows,
                             apr_size_t count)
{
    const as_sms_text_t text = {.to = "+447700900123", .body = "x"};

    for (apr_size_t i = 0; i < count; i++) {
        stand_in_t *s = support_says(rows[i].status, rows[i].body);
        as_sms_call_t call = support_call();
        const char *ref;
        as_sms_result_t result =
            support_send(name, apr_pstrcat(pool, words, stand_in_url(s), NULL), &text, &ref, &call);

        print_message("# %d %s\n", rows[i].status, rows[i].body);
        assert_int_equal(result, rows[i].result);
        assert_int_equal(ref != NULL, result == AS_SMS_OK);
        assert_null(stand_in_request(s, 1));
    }
}

/* Compare one result of a check. */
static void check_account(as_sms_result_t (*check)(void *self, as_sms_call_t *call), void *self,
                          stand_in_t *s, const char *request, const support_response_t *row)
{
    as_sms_call_t call = support_call();

    print_message("# %d %s\n", row->status, row->body);
    assert_int_equal(check(self, &call), row->result);
    support_assert_begins(stand_in_request(s, 0), request);
    assert_null(stand_in_request(s, 1));
}

void support_check_sender_account(const char *name, const char *words, const char *request,
                                  const support_response_t *rows, apr_size_t count)
{
    for (apr_size_t i = 0; i < count; i++) {
        stand_in_t *s = support_says(rows[i].status, rows[i].body);
        as_sender_t sender = support_sender(name, apr_pstrcat(pool, words, stand_in_url(s), NULL));

        check_account(sender.type->check_account, sender.self, s, request, &rows[i]);
    }
}

void support_check_verifier_account(const char *name, const char *words, const char *request,
                                    const support_response_t *rows, apr_size_t count)
{
    for (apr_size_t i = 0; i < count; i++) {
        stand_in_t *s = support_says(rows[i].status, rows[i].body);
        as_verifier_t verifier =
            support_verifier(name, apr_pstrcat(pool, words, stand_in_url(s), NULL));

        check_account(verifier.type->check_account, verifier.self, s, request, &rows[i]);
    }
}
