/* SPDX-License-Identifier: Apache-2.0 */
#include "db/writer_lock.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

#include "base/clock.h"

/* APR's global mutex waits by the time of day, which may be set. */
struct as_writer_lock_t {
    pthread_mutex_t mutex;
};

apr_status_t as_writer_lock_create(as_writer_lock_t **lock)
{
    as_writer_lock_t *l =
        mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    int rv;

    if (l == MAP_FAILED) {
        return errno;
    }
    rv = pthread_mutexattr_init(&attr);
    if (rv != 0) {
        return rv;
    }
    rv = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    if (rv == 0) {
        rv = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    }
    if (rv == 0) {
        rv = pthread_mutex_init(&l->mutex, &attr);
    }
    pthread_mutexattr_destroy(&attr);
    *lock = l;
    return rv;
}

apr_status_t as_writer_lock_acquire(as_writer_lock_t *lock, apr_interval_time_t wait)
{
    struct timespec until = as_clock_to_timespec(as_clock_monotonic() + wait);
    int rv = pthread_mutex_clocklock(&lock->mutex, CLOCK_MONOTONIC, &until);

    /* Its holder died. SQLite rolls back the open transaction. */
    if (rv == EOWNERDEAD) {
        rv = pthread_mutex_consistent(&lock->mutex);
    }
    return rv == ETIMEDOUT ? APR_TIMEUP : rv;
}

void as_writer_lock_release(as_writer_lock_t *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}
