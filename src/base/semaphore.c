/* SPDX-License-Identifier: Apache-2.0 */
#include "base/semaphore.h"

#include <pthread.h>

#include "base/clock.h"

/* APR's conditions use the wall clock, so a clock adjustment would change the wait. */
struct as_semaphore_t {
    pthread_mutex_t lock;
    pthread_cond_t released;
    int permits;
};

/*
 * The lock and the condition are never destroyed; on Linux they own no resources. In prefork a
 * signal may end a child while its thread waits here, and pthread_cond_destroy would wait for that
 * thread forever.
 */
apr_status_t as_semaphore_create(apr_pool_t *p, int permits, as_semaphore_t **semaphore)
{
    as_semaphore_t *s = apr_pcalloc(p, sizeof(*s));
    apr_status_t rv = pthread_mutex_init(&s->lock, NULL);

    if (rv == APR_SUCCESS) {
        rv = as_clock_init_cond(&s->released);
    }
    s->permits = permits;
    *semaphore = s;
    return rv;
}

apr_status_t as_semaphore_acquire(as_semaphore_t *semaphore, apr_interval_time_t timeout)
{
    struct timespec deadline = {0, 0};
    int timed_out = timeout <= 0;
    apr_status_t rv = APR_TIMEUP;

    pthread_mutex_lock(&semaphore->lock);
    if (!semaphore->permits && !timed_out) {
        deadline = as_clock_to_timespec(as_clock_monotonic() + timeout);
    }
    while (!semaphore->permits && !timed_out) {
        timed_out = pthread_cond_timedwait(&semaphore->released, &semaphore->lock, &deadline) != 0;
    }
    if (semaphore->permits) {
        semaphore->permits--;
        rv = APR_SUCCESS;
    }
    pthread_mutex_unlock(&semaphore->lock);
    return rv;
}

void as_semaphore_release(as_semaphore_t *semaphore)
{
    pthread_mutex_lock(&semaphore->lock);
    semaphore->permits++;
    pthread_cond_signal(&semaphore->released);
    pthread_mutex_unlock(&semaphore->lock);
}
