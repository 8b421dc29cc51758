/* SPDX-License-Identifier: Apache-2.0 */
#include "base/semaphore.h"

#include <pthread.h>

#include "base/clock.h"

/* Not APR's condition: it waits by the time of day. */
struct as_semaphore_t {
    pthread_mutex_t lock;
    pthread_cond_t left;
    int places;
};

/*
 * The lock and the condition are never destroyed: they hold nothing on Linux. In prefork a signal
 * may end a child while its thread waits at a gate, and pthread_cond_destroy waits for that thread.
 */
apr_status_t as_semaphore_create(apr_pool_t *p, int places, as_semaphore_t **gate)
{
    as_semaphore_t *g = apr_pcalloc(p, sizeof(*g));
    apr_status_t rv = pthread_mutex_init(&g->lock, NULL);

    if (rv == APR_SUCCESS) {
        rv = as_clock_init_cond(&g->left);
    }
    g->places = places;
    *gate = g;
    return rv;
}

apr_status_t as_semaphore_acquire(as_semaphore_t *gate, apr_interval_time_t wait)
{
    struct timespec until = {0, 0};
    int late = wait <= 0;
    apr_status_t rv = APR_TIMEUP;

    pthread_mutex_lock(&gate->lock);
    if (!gate->places && !late) {
        until = as_clock_to_timespec(as_clock_monotonic() + wait);
    }
    while (!gate->places && !late) {
        late = pthread_cond_timedwait(&gate->left, &gate->lock, &until) != 0;
    }
    if (gate->places) {
        gate->places--;
        rv = APR_SUCCESS;
    }
    pthread_mutex_unlock(&gate->lock);
    return rv;
}

void as_semaphore_release(as_semaphore_t *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->places++;
    pthread_cond_signal(&gate->left);
    pthread_mutex_unlock(&gate->lock);
}
