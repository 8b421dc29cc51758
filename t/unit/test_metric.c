/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in shared memory, and Prometheus's text format. */
#include "token_support.h"

#include <apr_thread_proc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"

static apr_pool_t *pool; /* of the test */

static const char *const senders[] = {"twilio", "quoted\"back\\slash\nline", "log"};

/* A fresh shared memory. */
static void *attach_new(void)
{
    void *memory = mmap(NULL, as_metric_memory_size(), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(memory, MAP_FAILED);
    as_metric_set_values(AS_METRIC_LABEL_SENDER, senders, 3);
    as_metric_attach(memory, 0);
    return memory;
}

static void append(void *ctx, const char *text)
{
    const char **all = ctx;

    *all = apr_pstrcat(pool, *all, text, NULL);
}

static const char *write_all(void)
{
    const char *all = "";

    as_metric_write(pool, append, &all);
    return all;
}

static void assert_has(const char *text, const char *line)
{
    const char *at = strstr(text, line);

    if (!at || (at > text && at[-1] != '\n')) {
        fail_msg("no line %s in\n%s", line, text);
    }
}

static void counters_of_all_processes(void **state)
{
    void *memory = attach_new();

    pool = *state;
    for (unsigned i = 0; i < 20; i++) {
        pid_t pid = fork();

        if (!pid) {
            as_metric_attach(memory, i);
            for (int j = 0; j < 1000; j++) {
                AS_METRIC_INCREMENT(GUARD, AS_METRIC_VERDICT_GRANTED, AS_METRIC_ONLY);
                AS_METRIC_INCREMENT(CODES, AS_METRIC_PURPOSE_LOGIN, AS_METRIC_CODE_WRONG);
            }
            /* As if it was killed. */
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    assert_int_equal(as_metric_sum(AS_METRIC_GUARD, AS_METRIC_VERDICT_GRANTED, 0), 20000);
    assert_int_equal(as_metric_sum(AS_METRIC_GUARD, AS_METRIC_VERDICT_NO_TOKEN, 0), 0);
    assert_int_equal(as_metric_sum(AS_METRIC_CODES, AS_METRIC_ANY, AS_METRIC_CODE_WRONG), 20000);
    assert_int_equal(as_metric_sum(AS_METRIC_CODES, AS_METRIC_PURPOSE_RESET, AS_METRIC_ANY), 0);
    assert_has(write_all(), "authsms_guard_total{verdict=\"granted\"} 20000\n");
    assert_has(write_all(), "authsms_codes_total{purpose=\"login\",outcome=\"wrong\"} 20000\n");
}

static void *APR_THREAD_FUNC count_many(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    for (int i = 0; i < 50000; i++) {
        AS_METRIC_INCREMENT(LOGINS, AS_METRIC_LOGIN_WRONG, AS_METRIC_FACTOR_SMS);
    }
    return NULL;
}

static void counters_of_threads(void **state)
{
    apr_thread_t *threads[4];
    apr_status_t rv;

    pool = *state;
    attach_new();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, count_many, NULL, pool), 0);
    }
    for (int i = 0; i < 4; i++) {
        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(as_metric_sum(AS_METRIC_LOGINS, AS_METRIC_LOGIN_WRONG, AS_METRIC_FACTOR_SMS),
                     200000);
}

/* No two series may have one cell. */
static void each_series_has_its_cells(void **state)
{
    pool = *state;
    attach_new();
    for (int i = 0; i < AS_METRIC_CELL_COUNT; i++) {
        assert_int_equal(as_metric_cells[i], 0);
    }
#define COUNT_EACH(metric, type, name, help, first, second)                                        \
    for (int i = 0; i < AS_METRIC_SIZE_##first && AS_METRIC_CELLS_##type; i++) {                   \
        for (int j = 0; j < AS_METRIC_SIZE_##second; j++) {                                        \
            as_metric_add(AS_METRIC_CELL(metric, i, j), 1);                                        \
        }                                                                                          \
    }
    AS_METRICS(COUNT_EACH)
#undef COUNT_EACH
    for (int i = 0; i < AS_METRIC_CELL_COUNT; i++) {
        assert_in_range(as_metric_cells[i], 0, 1);
    }
    assert_int_equal(as_metric_sum(AS_METRIC_REQUESTS, AS_METRIC_ANY, AS_METRIC_ANY),
                     AS_METRIC_SIZE_ROUTE * AS_METRIC_SIZE_STATUS);
    assert_int_equal(as_metric_sum(AS_METRIC_LIMIT_HITS, AS_METRIC_SIZE_LIMIT - 1, 0), 1);
}

static void histogram(void **state)
{
    const char *text;
    int sender;

    pool = *state;
    attach_new();
    sender = as_metric_find_value(AS_METRIC_LABEL_SENDER, "twilio");
    AS_METRIC_OBSERVE(PROVIDER_SECONDS, sender, 200);
    AS_METRIC_OBSERVE(PROVIDER_SECONDS, sender, 201);
    AS_METRIC_OBSERVE(PROVIDER_SECONDS, sender, 12 * APR_USEC_PER_SEC);
    /* A clock that goes back counts as 0. */
    AS_METRIC_OBSERVE(PROVIDER_SECONDS, sender, -5);
    text = write_all();
    assert_has(text, "authsms_provider_seconds_bucket{sender=\"twilio\",le=\"0.0002\"} 2\n");
    assert_has(text, "authsms_provider_seconds_bucket{sender=\"twilio\",le=\"0.0005\"} 3\n");
    assert_has(text, "authsms_provider_seconds_bucket{sender=\"twilio\",le=\"10\"} 3\n");
    assert_has(text, "authsms_provider_seconds_bucket{sender=\"twilio\",le=\"+Inf\"} 4\n");
    assert_has(text, "authsms_provider_seconds_sum{sender=\"twilio\"} 12.000401\n");
    assert_has(text, "authsms_provider_seconds_count{sender=\"twilio\"} 4\n");
    assert_has(text, "authsms_hash_seconds_count 0\n");
    assert_has(text, "authsms_db_seconds_bucket{le=\"+Inf\"} 0\n");
}

static void deadline(void **state)
{
    apr_time_t now = as_clock_monotonic();
    int cell = AS_METRIC_CELL(BREAKER_OPEN, 1, 0);
    void *memory = attach_new();

    pool = *state;
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 0);
    as_metric_attach(memory, 7);
    as_metric_add_deadline(cell, now + apr_time_from_sec(60));
    as_metric_attach(memory, 1);
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 1);
    assert_has(write_all(), "authsms_breaker_open{sender=\"twilio\"} 1\n");
    /* Another process has none to remove. */
    as_metric_remove_deadline(cell, now + apr_time_from_sec(60));
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 1);
    as_metric_attach(memory, 7);
    as_metric_remove_deadline(cell, now + apr_time_from_sec(30)); /* another one */
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 1);
    as_metric_remove_deadline(cell, now + apr_time_from_sec(60));
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 0);
    /* One that has passed: its process may have been killed. */
    as_metric_add_deadline(cell, now - 1);
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 0);
}

/* Several senders of one type, in one process or in processes that share their cells. */
static void deadlines_do_not_hide_each_other(void **state)
{
    enum { MANY = 2 * AS_METRIC_CELLS_DEADLINE };
    apr_time_t until = as_clock_monotonic() + apr_time_from_sec(60);
    int cell = AS_METRIC_CELL(BREAKER_OPEN, 1, 0);

    (void)state;
    attach_new();
    as_metric_add_deadline(cell, until);
    as_metric_add_deadline(cell, until + 1000);
    as_metric_add_deadline(cell, until);
    as_metric_remove_deadline(cell, until + 1000);
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 1);
    as_metric_remove_deadline(cell, until);
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 1);
    as_metric_remove_deadline(cell, until);
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 0);

    /* More than there are cells: one stays 1 until its time, whichever are removed. */
    for (int i = 0; i < MANY; i++) {
        as_metric_add_deadline(cell, until + 1000 * i);
    }
    for (int i = 0; i < MANY - 1; i++) {
        as_metric_remove_deadline(cell, until + 1000 * i);
        assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 1), 1);
    }
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 0), 0);
    assert_int_equal(as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, 2), 0);
}

static void open_labels(void **state)
{
    static const char *many[AS_METRIC_SIZE_SENDER];
    const char *text;

    pool = *state;
    attach_new();
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_SENDER, "log"), 3);
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_SENDER, "unknown"), 0);
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_SENDER, NULL), 0);
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_STATUS, "503"), AS_METRIC_STATUS_503);
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_STATUS, "418"), AS_METRIC_STATUS_OTHER);
    assert_null(strstr(write_all(), "sender="));
    as_metric_show_value(AS_METRIC_LABEL_SENDER, 3);
    AS_METRIC_INCREMENT(TEXTS, 2, AS_METRIC_TEXT_ACCEPTED);
    AS_METRIC_INCREMENT(TEXTS, 0, AS_METRIC_TEXT_ACCEPTED);
    text = write_all();
    assert_has(text, "authsms_texts_total{sender=\"log\",outcome=\"breaker_open\"} 0\n");
    assert_has(text, "authsms_texts_total{sender=\"quoted\\\"back\\\\slash\\nline\",outcome="
                     "\"accepted\"} 1\n");
    assert_has(text, "authsms_texts_total{sender=\"other\",outcome=\"accepted\"} 1\n");
    assert_null(strstr(text, "sender=\"twilio\""));

    for (int i = 0; i < AS_METRIC_SIZE_SENDER; i++) {
        many[i] = apr_psprintf(pool, "sender%d", i);
    }
    assert_int_equal(as_metric_set_values(AS_METRIC_LABEL_SENDER, many, AS_METRIC_SIZE_SENDER - 1),
                     APR_SUCCESS);
    assert_int_equal(as_metric_set_values(AS_METRIC_LABEL_SENDER, many, AS_METRIC_SIZE_SENDER),
                     APR_ENOSPC);
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_SENDER, "sender14"), 15);
    assert_int_equal(as_metric_find_value(AS_METRIC_LABEL_SENDER, "sender15"), 0);
}

static void layout_id(void **state)
{
    static const char *const others[] = {"twilio", "log"};
    apr_uint64_t id;

    pool = *state;
    attach_new();
    id = as_metric_layout_id();
    assert_true(id == as_metric_layout_id());
    as_metric_show_value(AS_METRIC_LABEL_SENDER, 1);
    assert_true(id == as_metric_layout_id());
    as_metric_set_values(AS_METRIC_LABEL_SENDER, others, 2);
    assert_false(id == as_metric_layout_id());
    as_metric_set_values(AS_METRIC_LABEL_SENDER, senders, 3);
    assert_true(id == as_metric_layout_id());
}

static void gauge(void **state)
{
    const char *text = "";

    pool = *state;
    as_metric_write_gauge(pool, AS_METRIC_OUTBOX_WAITING, NULL, 12, append, &text);
    as_metric_write_gauge(pool, AS_METRIC_BUILD_INFO, "1.2\"3", 1, append, &text);
    assert_string_equal(text,
                        "# HELP authsms_outbox_waiting Queued texts that are not sent yet, at most "
                        "10000 per database.\n"
                        "# TYPE authsms_outbox_waiting gauge\n"
                        "authsms_outbox_waiting 12\n"
                        "# HELP authsms_build_info Version of the module; the value is 1.\n"
                        "# TYPE authsms_build_info gauge\n"
                        "authsms_build_info{version=\"1.2\\\"3\"} 1\n");
}

/* Counting works where no memory was attached, as in tools. */
static void without_shared_memory(void **state)
{
    pool = *state;
    AS_METRIC_INCREMENT(GUARD, AS_METRIC_VERDICT_DENIED, AS_METRIC_ONLY);
    assert_int_equal(as_metric_sum(AS_METRIC_GUARD, AS_METRIC_ANY, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(without_shared_memory), /* first */
        POOL_TEST(counters_of_all_processes),
        POOL_TEST(counters_of_threads),
        POOL_TEST(each_series_has_its_cells),
        POOL_TEST(histogram),
        POOL_TEST(deadline),
        POOL_TEST(deadlines_do_not_hide_each_other),
        POOL_TEST(open_labels),
        POOL_TEST(layout_id),
        POOL_TEST(gauge),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
