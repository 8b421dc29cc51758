/* SPDX-License-Identifier: Apache-2.0 */
#include "core/gate.h"

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "core/clock.h"

struct as_gate_t {
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *left;
    int places;
};

apr_status_t as_gate_create(apr_pool_t *p, int places, as_gate_t **gate)
{
    as_gate_t *g = apr_pcalloc(p, sizeof(*g));
    apr_status_t rv = apr_thread_mutex_create(&g->lock, APR_THREAD_MUTEX_DEFAULT, p);

    if (rv == APR_SUCCESS) {
        rv = apr_thread_cond_create(&g->left, p);
    }
    g->places = places;
    *gate = g;
    return rv;
}

apr_status_t as_gate_enter(as_gate_t *gate, apr_interval_time_t wait)
{
    apr_time_t deadline = 0;
    apr_status_t rv = APR_SUCCESS;

    apr_thread_mutex_lock(gate->lock);
    if (!gate->places) {
        deadline = as_clock_monotonic() + wait;
    }
    while (!gate->places && rv == APR_SUCCESS) {
        apr_interval_time_t rest = deadline - as_clock_monotonic();

        rv = rest > 0 ? apr_thread_cond_timedwait(gate->left, gate->lock, rest) : APR_TIMEUP;
    }
    if (gate->places) {
        gate->places--;
        rv = APR_SUCCESS;
    }
    apr_thread_mutex_unlock(gate->lock);
    return rv;
}

void as_gate_leave(as_gate_t *gate)
{
    apr_thread_mutex_lock(gate->lock);
    gate->places++;
    apr_thread_cond_signal(gate->left);
    apr_thread_mutex_unlock(gate->lock);
}
