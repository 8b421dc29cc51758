/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery over several providers: failover, deadlines, circuit breakers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <string.h>

#include "base/clock.h"
#include "base/metric.h"
#include "fake_clock.h"
#include "sms/delivery.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { FAULTS = 5, TOTAL = 9 /* s */ };

static char lines[65536];

static apr_interval_time_t later; /* what the last call said of it */

/* A sender that says what the test wants, takes its time, and remembers. */
typedef struct fake_t {
    as_sms_result_t result;
    apr_interval_time_t takes, retry_after;
    apr_interval_time_t jumps; /* the time of day, during the call */
    const char *prefix;        /* of the numbers that it serves; NULL: all */
    int calls;
    apr_time_t deadline, connect_by;
} fake_t;

static as_sms_result_t fake_call(fake_t *fake, as_sms_call_t *call)
{
    fake->calls++;
    fake->deadline = call->deadline;
    fake->connect_by = call->connect_by;
    call->detail = "code 4711";
    call->retry_after = fake->retry_after;
    now += fake->takes;
    wall += fake->jumps;
    return fake->result;
}

static as_sms_result_t fake_send(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                                 const char **ref)
{
    (void)text;
    *ref = "ref";
    return fake_call(self, call);
}

static as_sms_result_t fake_start(void *self, as_sms_call_t *call, const as_sms_recipient_t *person,
                                  const char **remote_id, const char **ref)
{
    (void)person;
    *remote_id = *ref = "1000";
    return fake_call(self, call);
}

static as_sms_result_t fake_check(void *self, as_sms_call_t *call, const as_sms_recipient_t *person,
                                  const char *ref, const char *code)
{
    (void)person;
    assert_true(strcmp(ref, "1000") == 0 || strcmp(ref, "unknown") == 0);
    assert_string_equal(code, "123456");
    return fake_call(self, call);
}

static const as_sender_type_t fake_sender = {"fake", NULL, NULL, fake_send, NULL, NULL};

static const as_verifier_type_t fake_verifier = {"fakes",    NULL,      NULL, fake_start,
                                                 fake_check, "unknown", NULL};

static const as_sms_text_t text = {.to = "+447700900123", .body = "Your code is 123456"};

static const as_sms_recipient_t person = {"id", "+447700900123", "+44", "7700900123", NULL};

static int enabled(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_INFO;
}

static void write_line(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    (void)ctx;
    (void)rv;
    apr_snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%d %s\n", level, message);
}

static const as_log_t test_log = {enabled, write_line, NULL};

static const apr_array_header_t *prefixes_of(const fake_t *fake)
{
    apr_array_header_t *prefixes = fake->prefix ? apr_array_make(pool, 1, sizeof(char *)) : NULL;

    if (prefixes) {
        APR_ARRAY_PUSH(prefixes, const char *) = fake->prefix;
    }
    return prefixes;
}

static as_delivery_t *delivery_of(fake_t *fakes, int n)
{
    apr_array_header_t *senders = apr_array_make(pool, n, sizeof(as_sender_t));
    as_verifier_t *verifier = apr_pcalloc(pool, sizeof(*verifier));
    as_delivery_t *d;

    for (int i = 0; i < n; i++) {
        APR_ARRAY_PUSH(senders, as_sender_t) = (as_sender_t){
            .type = &fake_sender, .self = &fakes[i], .prefixes = prefixes_of(&fakes[i])};
    }
    *verifier = (as_verifier_t){&fake_verifier, &fakes[0]};
    assert_int_equal(
        as_delivery_create(pool, senders, verifier, NULL, apr_time_from_sec(TOTAL), &test_log, &d),
        APR_SUCCESS);
    return d;
}

static as_sms_result_t send_one(as_delivery_t *d)
{
    as_sms_submission_t receipt;

    return as_delivery_send_text(d, pool, &text, &receipt, &later);
}

static int times_in_log(const char *words)
{
    int n = 0;

    for (const char *at = lines; (at = strstr(at, words)); at++) {
        n++;
    }
    return n;
}

static void falls_back_only_if_nothing_was_sent(void **state)
{
    static const struct {
        as_sms_result_t first;
        int goes_on;
    } rows[] = {
        {AS_SMS_OK, 0},        {AS_SMS_REJECTED, 0},     {AS_SMS_FRAUD, 0},
        {AS_SMS_UNKNOWN, 0},   {AS_SMS_WRONG_CODE, 0},   {AS_SMS_GONE, 0},
        {AS_SMS_TOO_MANY, 0},  {AS_SMS_RATE_LIMITED, 1}, {AS_SMS_CREDENTIALS, 1},
        {AS_SMS_TEMPORARY, 1}, {AS_SMS_BUSY, 1},         {AS_SMS_UNREACHABLE, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        fake_t fakes[] = {{.result = rows[i].first}, {.result = AS_SMS_OK}, {.result = AS_SMS_OK}};

        print_message("# %s\n", as_sms_result_name(rows[i].first));
        assert_int_equal(send_one(delivery_of(fakes, 3)),
                         rows[i].goes_on ? AS_SMS_OK : rows[i].first);
        assert_int_equal(fakes[1].calls, rows[i].goes_on);
        assert_int_equal(fakes[2].calls, 0);
    }
}

static void returns_the_result_of_the_last_sender(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_TEMPORARY}, {.result = AS_SMS_RATE_LIMITED}};

    (void)state;
    assert_int_equal(send_one(delivery_of(fakes, 2)), AS_SMS_RATE_LIMITED);
    assert_int_equal(send_one(delivery_of(fakes, 0)), AS_SMS_TEMPORARY);
}

static void skips_senders_of_other_prefixes(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_OK, .prefix = "+49"},
                      {.result = AS_SMS_TEMPORARY, .prefix = "+4477"},
                      {.result = AS_SMS_OK, .prefix = "+1"},
                      {.result = AS_SMS_OK}};
    apr_time_t from = now;

    (void)state;
    assert_int_equal(send_one(delivery_of(fakes, 4)), AS_SMS_OK);
    assert_int_equal(fakes[0].calls, 0);
    assert_int_equal(fakes[1].calls, 1);
    assert_int_equal(fakes[2].calls, 0);
    assert_int_equal(fakes[3].calls, 1);
    /* Two senders share the time for connecting. */
    assert_int_equal(fakes[1].connect_by, from + apr_time_from_sec(TOTAL) / 2);
    assert_int_equal(fakes[3].connect_by, 0);
    assert_int_equal(times_in_log("no sender serves"), 0);
}

static void reports_that_no_sender_serves_the_number(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_OK, .prefix = "+49"}, {.prefix = "+448"}};
    as_sms_submission_t submission;
    as_sms_result_t result =
        as_delivery_send_text(delivery_of(fakes, 2), pool, &text, &submission, &later);

    (void)state;
    assert_int_equal(result, AS_SMS_UNREACHABLE);
    assert_false(as_sms_is_retryable(result));
    assert_null(submission.sender);
    assert_int_equal(later, 0);
    assert_int_equal(fakes[0].calls + fakes[1].calls, 0);
    assert_int_equal(times_in_log("no sender serves the number +44*******123: "), 1);
}

/* What one of them may do later is not given up because another never will. */
static void returns_a_retryable_result_if_any(void **state)
{
    static const as_sms_result_t passing[] = {AS_SMS_TEMPORARY, AS_SMS_RATE_LIMITED, AS_SMS_BUSY};
    static const as_sms_result_t lasting[] = {AS_SMS_CREDENTIALS, AS_SMS_UNREACHABLE};

    (void)state;
    for (size_t i = 0; i < COUNT(passing); i++) {
        assert_true(as_sms_is_retryable(passing[i]));
        for (size_t j = 0; j < COUNT(lasting); j++) {
            fake_t first[] = {{.result = passing[i]}, {.result = lasting[j]}};
            fake_t second[] = {{.result = lasting[j]}, {.result = passing[i]}};
            fake_t refused[] = {{.result = passing[i]}, {.result = AS_SMS_REJECTED}};

            assert_false(as_sms_is_retryable(lasting[j]));
            assert_int_equal(send_one(delivery_of(first, 2)), passing[i]);
            assert_int_equal(send_one(delivery_of(second, 2)), passing[i]);
            assert_int_equal(send_one(delivery_of(refused, 2)), AS_SMS_REJECTED);
        }
    }
}

/* The last provider asked decides. */
static void returns_the_retry_interval(void **state)
{
    enum { NOW = 0, MINUTE = 60, SEVEN = 7 };
    static const struct {
        as_sms_result_t first, second;
        int retry_after, later; /* s */
    } rows[] = {
        {AS_SMS_TEMPORARY, AS_SMS_RATE_LIMITED, SEVEN, SEVEN},
        {AS_SMS_TEMPORARY, AS_SMS_RATE_LIMITED, NOW, MINUTE},
        {AS_SMS_RATE_LIMITED, AS_SMS_RATE_LIMITED, NOW, MINUTE},
        {AS_SMS_RATE_LIMITED, AS_SMS_TEMPORARY, SEVEN, NOW},
        {AS_SMS_RATE_LIMITED, AS_SMS_CREDENTIALS, SEVEN, NOW},
        {AS_SMS_RATE_LIMITED, AS_SMS_REJECTED, SEVEN, NOW},
        {AS_SMS_RATE_LIMITED, AS_SMS_OK, SEVEN, NOW},
    };
    fake_t resting[] = {{.result = AS_SMS_RATE_LIMITED}, {.result = AS_SMS_TEMPORARY}};
    as_delivery_t *d = delivery_of(resting, 2);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        fake_t fakes[] = {
            {.result = rows[i].first, .retry_after = apr_time_from_sec(SEVEN)},
            {.result = rows[i].second, .retry_after = apr_time_from_sec(rows[i].retry_after)}};

        print_message("# row %d\n", (int)i);
        send_one(delivery_of(fakes, 2));
        assert_int_equal(apr_time_sec(later), rows[i].later);
    }
    for (int i = 0; i < FAULTS; i++) {
        send_one(d);
        assert_int_equal(later, 0);
    }
    /* The second is not asked any more. */
    assert_int_equal(send_one(d), AS_SMS_TEMPORARY);
    assert_int_equal(apr_time_sec(later), MINUTE);
}

static void senders_share_one_deadline(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_TEMPORARY, .takes = apr_time_from_sec(3)},
                      {.result = AS_SMS_TEMPORARY, .takes = apr_time_from_sec(6)},
                      {.result = AS_SMS_OK}};
    apr_time_t begin = now;

    (void)state;
    assert_int_equal(send_one(delivery_of(fakes, 3)), AS_SMS_TEMPORARY);
    assert_int_equal(fakes[0].deadline, begin + apr_time_from_sec(TOTAL));
    assert_int_equal(fakes[1].deadline, begin + apr_time_from_sec(TOTAL));
    /* A third of nine seconds, then a half of the six that are left. */
    assert_int_equal(fakes[0].connect_by, begin + apr_time_from_sec(3));
    assert_int_equal(fakes[1].connect_by, begin + apr_time_from_sec(6));
    assert_int_equal(fakes[2].calls, 0);

    fakes[0].takes = fakes[1].takes = 0;
    assert_int_equal(send_one(delivery_of(fakes, 3)), AS_SMS_OK);
    assert_int_equal(fakes[2].connect_by, 0);
}

/* The time of day is set while the first provider is asked: the second has its time all the same.
 */
static void deadline_ignores_the_wall_clock(void **state)
{
    static const apr_interval_time_t jumps[] = {apr_time_from_sec(3600), -apr_time_from_sec(3600)};

    (void)state;
    for (size_t i = 0; i < COUNT(jumps); i++) {
        fake_t fakes[] = {{.result = AS_SMS_TEMPORARY, .jumps = jumps[i]}, {.result = AS_SMS_OK}};

        assert_int_equal(send_one(delivery_of(fakes, 2)), AS_SMS_OK);
        assert_int_equal(fakes[0].connect_by, now + apr_time_from_sec(TOTAL) / 2);
        assert_int_equal(fakes[1].deadline, now + apr_time_from_sec(TOTAL));
    }
}

/* The text's end is a time of day, and stays one. */
static void text_expires_by_the_wall_clock(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_TEMPORARY}, {.result = AS_SMS_OK}};
    as_delivery_t *d = delivery_of(fakes, 2);
    as_sms_text_t short_lived = text;
    as_sms_submission_t receipt;

    (void)state;
    short_lived.expires_at = now + wall + apr_time_from_sec(2);
    assert_int_equal(as_delivery_send_text(d, pool, &short_lived, &receipt, &later), AS_SMS_OK);
    assert_int_equal(fakes[1].deadline, now + apr_time_from_sec(2));

    short_lived.expires_at = now + wall - 1;
    assert_int_equal(as_delivery_send_text(d, pool, &short_lived, &receipt, &later),
                     AS_SMS_TEMPORARY);
    assert_int_equal(fakes[0].calls, 1);
}

static void logs_faults_without_number_and_text(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_CREDENTIALS}, {.result = AS_SMS_UNKNOWN}};

    (void)state;
    send_one(delivery_of(fakes, 2));
    assert_string_equal(lines,
                        "3 ASM0317: sender 1 (fake): credentials or configuration refused (code "
                        "4711), number +44*******123\n"
                        "4 ASM0319: sender 2 (fake): unknown, perhaps sent (code 4711), number "
                        "+44*******123\n");
}

static void breaker_opens_for_a_failing_sender(void **state)
{
    fake_t fakes[] = {{.result = AS_SMS_TEMPORARY}, {.result = AS_SMS_OK}};
    as_delivery_t *d = delivery_of(fakes, 2);

    (void)state;
    for (int i = 0; i < FAULTS + 3; i++) {
        assert_int_equal(send_one(d), AS_SMS_OK);
    }
    assert_int_equal(fakes[0].calls, FAULTS);
    assert_int_equal(fakes[1].calls, FAULTS + 3);
    assert_int_equal(times_in_log("no calls to it for 30 s"), 1);

    now += apr_time_from_sec(30);
    send_one(d);
    send_one(d);
    assert_int_equal(fakes[0].calls, FAULTS + 1);
    assert_int_equal(times_in_log("no calls to it for 60 s"), 1);

    fakes[0].result = AS_SMS_OK;
    now += apr_time_from_sec(60);
    send_one(d);
    send_one(d);
    assert_int_equal(fakes[0].calls, FAULTS + 3);
    assert_int_equal(times_in_log("works again"), 1);
}

/* What people can bring about with the numbers they type must not open it. */
static void only_faults_open_the_breaker(void **state)
{
    static const struct {
        as_sms_result_t result;
        int opens;
    } rows[] = {
        {AS_SMS_TEMPORARY, 1}, {AS_SMS_UNKNOWN, 1},     {AS_SMS_CREDENTIALS, 1},
        {AS_SMS_REJECTED, 0},  {AS_SMS_FRAUD, 0},       {AS_SMS_RATE_LIMITED, 0},
        {AS_SMS_BUSY, 0},      {AS_SMS_UNREACHABLE, 0}, {AS_SMS_OK, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        fake_t fake = {.result = rows[i].result};
        as_delivery_t *d = delivery_of(&fake, 1);

        for (int n = 0; n < 2 * FAULTS; n++) {
            send_one(d);
        }
        print_message("# %s\n", as_sms_result_name(rows[i].result));
        assert_int_equal(fake.calls, rows[i].opens ? FAULTS : 2 * FAULTS);
    }
}

static void send_until_opened(as_delivery_t *d)
{
    for (int i = 0; i < FAULTS; i++) {
        send_one(d);
    }
}

static int is_shown_as_open(void)
{
    return as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 0);
}

/* Two senders of one type. The breaker of one ends with its child. */
static void metric_shows_each_open_breaker(void **state)
{
    fake_t first = {.result = AS_SMS_TEMPORARY}, second = {.result = AS_SMS_TEMPORARY};
    as_delivery_t *d = delivery_of(&first, 1);
    apr_pool_t *of_test = pool, *of_child;

    (void)state;
    send_until_opened(d);
    now += apr_time_from_sec(10);
    assert_int_equal(apr_pool_create(&of_child, of_test), APR_SUCCESS);
    pool = of_child;
    send_until_opened(delivery_of(&second, 1));
    pool = of_test;
    apr_pool_destroy(of_child);
    assert_int_equal(is_shown_as_open(), 1);
    now += apr_time_from_sec(20);
    assert_int_equal(is_shown_as_open(), 0);

    send_one(d); /* fails: 60 s more */
    assert_int_equal(is_shown_as_open(), 1);
    now += apr_time_from_sec(60);
    first.result = AS_SMS_OK;
    send_one(d);
    assert_int_equal(is_shown_as_open(), 0);
}

static void verifier_has_its_own_breaker(void **state)
{
    fake_t fake = {.result = AS_SMS_OK};
    as_delivery_t *d = delivery_of(&fake, 1);
    const char *remote_id, *ref;

    (void)state;
    assert_int_equal(as_delivery_start_verification(d, pool, &person, &remote_id, &ref, &later),
                     AS_SMS_OK);
    assert_string_equal(remote_id, "1000");
    assert_int_equal(fake.deadline, now + apr_time_from_sec(TOTAL));
    fake.result = AS_SMS_WRONG_CODE;
    for (int i = 0; i < 2 * FAULTS; i++) {
        assert_int_equal(as_delivery_check_code(d, pool, &person, "1000", "123456", &later),
                         AS_SMS_WRONG_CODE);
    }
    fake.result = AS_SMS_GONE;
    as_delivery_check_unknown(d, pool, "123456");
    assert_int_equal(fake.calls, 1 + 2 * FAULTS + 1);
    fake.calls--;
    fake.result = AS_SMS_UNKNOWN;
    for (int i = 0; i < FAULTS; i++) {
        assert_int_equal(as_delivery_check_code(d, pool, &person, "1000", "123456", &later),
                         AS_SMS_UNKNOWN);
    }
    assert_int_equal(as_delivery_check_code(d, pool, &person, "1000", "123456", &later),
                     AS_SMS_TEMPORARY);
    assert_int_equal(as_delivery_start_verification(d, pool, &person, &remote_id, &ref, &later),
                     AS_SMS_TEMPORARY);
    assert_null(remote_id);
    assert_int_equal(fake.calls, 1 + 2 * FAULTS + FAULTS);
    /* The senders' breakers are others. */
    assert_int_equal(send_one(d), AS_SMS_UNKNOWN);

    assert_int_equal(as_delivery_create(pool, NULL, NULL, NULL, 1, NULL, &d), APR_SUCCESS);
    assert_int_equal(as_delivery_check_code(d, pool, &person, "1000", "123456", &later),
                     AS_SMS_TEMPORARY);
    as_delivery_check_unknown(d, pool, "123456"); /* nothing to ask */
}

static int set_up(void **state)
{
    lines[0] = '\0';
    return fake_clock_set_up(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, fake_clock_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(falls_back_only_if_nothing_was_sent), TEST(returns_the_result_of_the_last_sender),
        TEST(returns_a_retryable_result_if_any),   TEST(returns_the_retry_interval),
        TEST(skips_senders_of_other_prefixes),     TEST(reports_that_no_sender_serves_the_number),
        TEST(senders_share_one_deadline),          TEST(deadline_ignores_the_wall_clock),
        TEST(text_expires_by_the_wall_clock),      TEST(logs_faults_without_number_and_text),
        TEST(breaker_opens_for_a_failing_sender),  TEST(only_faults_open_the_breaker),
        TEST(metric_shows_each_open_breaker),      TEST(verifier_has_its_own_breaker),
    };

    apr_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
