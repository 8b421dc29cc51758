/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/circuit_breaker.h"

#include <apr_thread_mutex.h>

#include "base/clock.h"

enum { FAULTS_MAX = 5, WAIT_FIRST = 30, WAIT_MAX = 300 /* s */ };

struct as_breaker_t {
    apr_thread_mutex_t *lock;
    int faults;               /* in a row, while closed */
    apr_interval_time_t wait; /* 0: closed */
    apr_time_t since;         /* it opened last: as_clock_monotonic's */
    int probing;
};

apr_status_t as_breaker_create(apr_pool_t *p, as_breaker_t **breaker)
{
    as_breaker_t *b = apr_pcalloc(p, sizeof(*b));

    *breaker = b;
    return apr_thread_mutex_create(&b->lock, APR_THREAD_MUTEX_DEFAULT, p);
}

static int is_time(const as_breaker_t *b)
{
    return as_clock_monotonic() - b->since >= b->wait;
}

as_breaker_pass_t as_breaker_begin(as_breaker_t *breaker)
{
    as_breaker_pass_t pass = AS_BREAKER_CALL;

    apr_thread_mutex_lock(breaker->lock);
    if (breaker->wait) {
        pass = !breaker->probing && is_time(breaker) ? AS_BREAKER_PROBE : AS_BREAKER_REFUSED;
        breaker->probing = breaker->probing || pass == AS_BREAKER_PROBE;
    }
    apr_thread_mutex_unlock(breaker->lock);
    return pass;
}

static as_breaker_event_t open_for(as_breaker_t *b, apr_interval_time_t wait)
{
    b->wait = wait < apr_time_from_sec(WAIT_MAX) ? wait : apr_time_from_sec(WAIT_MAX);
    b->since = as_clock_monotonic();
    return AS_BREAKER_OPENED;
}

static as_breaker_event_t end_probe(as_breaker_t *b, as_breaker_outcome_t outcome)
{
    as_breaker_event_t event = AS_BREAKER_SAME;

    b->probing = 0;
    if (outcome == AS_BREAKER_GOOD) {
        b->wait = 0;
        b->faults = 0;
        event = AS_BREAKER_CLOSED;
    } else if (outcome == AS_BREAKER_FAULT) {
        event = open_for(b, 2 * b->wait);
    }
    return event;
}

static as_breaker_event_t end_call(as_breaker_t *b, as_breaker_outcome_t outcome)
{
    as_breaker_event_t event = AS_BREAKER_SAME;

    if (outcome == AS_BREAKER_GOOD) {
        b->faults = 0;
    } else if (outcome == AS_BREAKER_FAULT && ++b->faults == FAULTS_MAX) {
        event = open_for(b, apr_time_from_sec(WAIT_FIRST));
    }
    return event;
}

as_breaker_event_t as_breaker_end(as_breaker_t *breaker, as_breaker_pass_t pass,
                                  as_breaker_outcome_t outcome, apr_interval_time_t *wait)
{
    as_breaker_event_t event = AS_BREAKER_SAME;

    apr_thread_mutex_lock(breaker->lock);
    if (pass == AS_BREAKER_PROBE) {
        event = end_probe(breaker, outcome);
    } else if (!breaker->wait) {
        /* Calls that were under way when it opened have no say any more. */
        event = end_call(breaker, outcome);
    }
    *wait = breaker->wait;
    apr_thread_mutex_unlock(breaker->lock);
    return event;
}
