/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's writers' lock: between threads and processes, dead and stopped holders. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/writer_lock.h"

enum { PROCESSES = 4, THREADS = 4, ROUNDS = 2000 };
#define MS ((apr_interval_time_t)1000)
#define LONG (30 * 1000 * MS)

static as_writer_lock_t *lock;
static int *shared; /* two numbers, which are equal while nobody writes */

static int set_up(void **state)
{
    (void)state;
    shared = mmap(NULL, 2 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED || as_writer_lock_create(&lock) != APR_SUCCESS;
}

static void *count(void *data)
{
    int *failed = data;

    for (int i = 0; i < ROUNDS; i++) {
        if (as_writer_lock_acquire(lock, LONG) != APR_SUCCESS || shared[0] != shared[1]) {
            *failed = 1;
            return NULL;
        }
        shared[0]++;
        shared[1]++;
        as_writer_lock_release(lock);
    }
    return NULL;
}

static int count_in_threads(void)
{
    pthread_t threads[THREADS];
    int failed[THREADS] = {0}, any = 0;

    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, count, &failed[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        any |= failed[i];
    }
    return any;
}

static void one_writer_at_a_time(void **state)
{
    int status;

    (void)state;
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            _exit(count_in_threads());
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(shared[0], PROCESSES * THREADS * ROUNDS);
}

/* A process takes the lock, tells by the pipe, and keeps the lock until it is killed. */
static pid_t hold(void)
{
    int ends[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        as_writer_lock_acquire(lock, LONG);
        if (write(ends[1], "x", 1) == 1) {
            pause();
        }
        _exit(0);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static apr_time_t hour_ago(void)
{
    return apr_time_now() - apr_time_from_sec(3600);
}

static void waiting_is_bounded(void **state)
{
    pid_t pid = hold();
    apr_time_t start;

    (void)state;
    /* Whatever the time of day. */
    as_clock_set(hour_ago);
    start = as_clock_monotonic();
    assert_int_equal(as_writer_lock_acquire(lock, 200 * MS), APR_TIMEUP);
    assert_in_range(as_clock_monotonic() - start, 200 * MS, LONG);
    as_clock_set(NULL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(as_writer_lock_acquire(lock, LONG), APR_SUCCESS);
        as_writer_lock_release(lock);
    }
}

static void *take(void *data)
{
    *(apr_status_t *)data = as_writer_lock_acquire(lock, LONG);
    as_writer_lock_release(lock);
    return NULL;
}

static void lock_of_a_dead_process_is_taken_over(void **state)
{
    pid_t pid = hold();
    pthread_t thread;
    apr_status_t rv = APR_EINIT;

    (void)state;
    pthread_create(&thread, NULL, take, &rv);
    usleep(50 * 1000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    pthread_join(thread, NULL);
    assert_int_equal(rv, APR_SUCCESS);
    assert_int_equal(as_writer_lock_acquire(lock, LONG), APR_SUCCESS);
    as_writer_lock_release(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_writer_at_a_time),
        cmocka_unit_test(waiting_is_bounded),
        cmocka_unit_test(lock_of_a_dead_process_is_taken_over),
    };

    return cmocka_run_group_tests_name("writer_lock", tests, set_up, NULL);
}
