/* SPDX-License-Identifier: Apache-2.0 */
/* The semaphore in front of slow work. */
#include "token_support.h"

#include <apr_file_io.h>
#include <apr_thread_proc.h>
#include <time.h>
#include <unistd.h>

#include "base/semaphore.h"

static as_semaphore_t *gate;

static volatile apr_uint32_t inside, most;

static void *APR_THREAD_FUNC pass(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    for (int i = 0; i < 200; i++) {
        if (as_semaphore_acquire(gate, apr_time_from_sec(10)) == APR_SUCCESS) {
            apr_uint32_t now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);

            if (now > most) {
                most = now;
            }
            apr_sleep(10);
            __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
            as_semaphore_release(gate);
        }
    }
    return NULL;
}

static void semaphore_limits_parallel_work(void **state)
{
    apr_thread_t *threads[8];
    apr_time_t start;

    assert_int_equal(as_semaphore_create(*state, 2, &gate), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_TIMEUP);
    start = apr_time_now();
    assert_int_equal(as_semaphore_acquire(gate, 50000), APR_TIMEUP);
    assert_in_range(apr_time_now() - start, 45000, 2000000);
    as_semaphore_release(gate);
    as_semaphore_release(gate);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, pass, NULL, *state), APR_SUCCESS);
    }
    for (int i = 0; i < 8; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(most, 2);
    assert_int_equal(inside, 0);
}

static apr_interval_time_t ahead; /* the time of day, of the kernel's */

/* In the place of APR's own, for APR too. */
__attribute__((visibility("default"))) APR_DECLARE(apr_time_t) apr_time_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return apr_time_from_sec(t.tv_sec) + t.tv_nsec / 1000 + ahead;
}

static _Atomic int has_waited;

static void *APR_THREAD_FUNC wait_at_the_gate(apr_thread_t *thread, void *data)
{
    (void)thread;
    *(apr_status_t *)data = as_semaphore_acquire(gate, 50000);
    has_waited = 1;
    return NULL;
}

/* The clock is set back by an hour between the reading of it and the wait. */
static void semaphore_ignores_the_wall_clock(void **state)
{
    apr_status_t entered = APR_SUCCESS, rv;
    apr_thread_t *thread;

    assert_int_equal(as_semaphore_create(*state, 1, &gate), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_SUCCESS);
    ahead = apr_time_from_sec(3600);
    assert_int_equal(apr_thread_create(&thread, NULL, wait_at_the_gate, &entered, *state),
                     APR_SUCCESS);
    for (int i = 0; i < 300 && !has_waited; i++) {
        usleep(10000);
    }
    ahead = 0;
    as_semaphore_release(gate);
    apr_thread_join(&rv, thread);
    assert_int_equal(entered, APR_TIMEUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(semaphore_limits_parallel_work),
        POOL_TEST(semaphore_ignores_the_wall_clock),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
