/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <pthread.h>

#include "fake_clock.h"
#include "sms/circuit_breaker.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { FAULTS = 5 };

static as_circuit_breaker_event_t end(as_circuit_breaker_t *b, as_circuit_breaker_permit_t pass,
                                      as_circuit_breaker_outcome_t outcome)
{
    apr_interval_time_t wait;

    return as_circuit_breaker_report(b, pass, outcome, &wait);
}

static void open_breaker(as_circuit_breaker_t *b)
{
    for (int i = 0; i < FAULTS; i++) {
        end(b, as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_FAILURE);
    }
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_REFUSED);
}

static void opens_after_consecutive_failures(void **state)
{
    as_circuit_breaker_t *b;

    (void)state;
    as_circuit_breaker_create(pool, &b);
    for (int i = 0; i < 4 * FAULTS; i++) {
        assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_CALL);
        assert_int_equal(
            end(b, AS_CIRCUIT_BREAKER_CALL,
                i % FAULTS == FAULTS - 1 ? AS_CIRCUIT_BREAKER_SUCCESS : AS_CIRCUIT_BREAKER_FAILURE),
            AS_CIRCUIT_BREAKER_UNCHANGED);
    }
}

static void admits_one_probe_at_a_time(void **state)
{
    as_circuit_breaker_t *b;

    (void)state;
    as_circuit_breaker_create(pool, &b);
    open_breaker(b);
    now += apr_time_from_sec(30) - 1;
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_REFUSED);
    now += 1;
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_PROBE);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_REFUSED);
    /* The result of a call that began before the breaker opened is ignored. */
    assert_int_equal(end(b, AS_CIRCUIT_BREAKER_CALL, AS_CIRCUIT_BREAKER_SUCCESS),
                     AS_CIRCUIT_BREAKER_UNCHANGED);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_REFUSED);
    /* After a probe that made no call, the next caller probes. */
    assert_int_equal(end(b, AS_CIRCUIT_BREAKER_PROBE, AS_CIRCUIT_BREAKER_NOT_CALLED),
                     AS_CIRCUIT_BREAKER_UNCHANGED);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_PROBE);
    assert_int_equal(end(b, AS_CIRCUIT_BREAKER_PROBE, AS_CIRCUIT_BREAKER_SUCCESS),
                     AS_CIRCUIT_BREAKER_CLOSED);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_CALL);
}

static void ignores_the_wall_clock(void **state)
{
    as_circuit_breaker_t *b;

    (void)state;
    as_circuit_breaker_create(pool, &b);
    open_breaker(b);
    wall += apr_time_from_sec(86400);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_REFUSED);
    wall -= 2 * apr_time_from_sec(86400);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_REFUSED);
    now += apr_time_from_sec(30);
    assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_PROBE);
}

static void doubles_the_wait_after_a_failed_probe(void **state)
{
    static const int waits[] = {60, 120, 240, 300, 300};
    apr_interval_time_t wait = apr_time_from_sec(30);
    as_circuit_breaker_t *b;

    (void)state;
    as_circuit_breaker_create(pool, &b);
    open_breaker(b);
    for (size_t i = 0; i < COUNT(waits); i++) {
        now += wait;
        assert_int_equal(as_circuit_breaker_acquire(b), AS_CIRCUIT_BREAKER_PROBE);
        assert_int_equal(as_circuit_breaker_report(b, AS_CIRCUIT_BREAKER_PROBE,
                                                   AS_CIRCUIT_BREAKER_FAILURE, &wait),
                         AS_CIRCUIT_BREAKER_OPENED);
        assert_int_equal(apr_time_sec(wait), waits[i]);
    }
}

static void *count_probes(void *b)
{
    uintptr_t probes = 0;

    for (int i = 0; i < 1000; i++) {
        probes += as_circuit_breaker_acquire(b) == AS_CIRCUIT_BREAKER_PROBE;
    }
    return (void *)probes;
}

static void threads_share_one_probe(void **state)
{
    pthread_t threads[4];
    uintptr_t probes = 0;
    as_circuit_breaker_t *b;

    (void)state;
    as_circuit_breaker_create(pool, &b);
    open_breaker(b);
    now += apr_time_from_sec(31);
    for (size_t i = 0; i < COUNT(threads); i++) {
        pthread_create(&threads[i], NULL, count_probes, b);
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *n;

        pthread_join(threads[i], &n);
        probes += (uintptr_t)n;
    }
    assert_int_equal(probes, 1);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, fake_clock_set_up, fake_clock_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(opens_after_consecutive_failures), TEST(admits_one_probe_at_a_time),
        TEST(ignores_the_wall_clock),           TEST(doubles_the_wait_after_a_failed_probe),
        TEST(threads_share_one_probe),
    };

    apr_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
