/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/circuit_breaker.h"

#include <apr_thread_mutex.h>

#include "base/clock.h"

enum { FAILURES_MAX = 5 };
#define OPEN_FOR_FIRST apr_time_from_sec(30)
#define OPEN_FOR_MAX apr_time_from_sec(300)

struct as_circuit_breaker_t {
    apr_thread_mutex_t *lock;
    int failures;                 /* consecutive, while closed */
    apr_interval_time_t open_for; /* 0: closed */
    apr_time_t opened_at;         /* monotonic clock */
    int probing;                  /* a probe is in progress */
};

apr_status_t as_circuit_breaker_create(apr_pool_t *p, as_circuit_breaker_t **breaker)
{
    as_circuit_breaker_t *b = apr_pcalloc(p, sizeof(*b));

    *breaker = b;
    return apr_thread_mutex_create(&b->lock, APR_THREAD_MUTEX_DEFAULT, p);
}

static int is_probe_due(const as_circuit_breaker_t *b)
{
    return !b->probing && as_clock_monotonic() - b->opened_at >= b->open_for;
}

as_circuit_breaker_permit_t as_circuit_breaker_acquire(as_circuit_breaker_t *breaker)
{
    as_circuit_breaker_permit_t permit = AS_CIRCUIT_BREAKER_CALL;

    apr_thread_mutex_lock(breaker->lock);
    if (breaker->open_for && is_probe_due(breaker)) {
        breaker->probing = 1;
        permit = AS_CIRCUIT_BREAKER_PROBE;
    } else if (breaker->open_for) {
        permit = AS_CIRCUIT_BREAKER_REFUSED;
    }
    apr_thread_mutex_unlock(breaker->lock);
    return permit;
}

static as_circuit_breaker_event_t open_breaker(as_circuit_breaker_t *b,
                                               apr_interval_time_t open_for)
{
    b->open_for = open_for < OPEN_FOR_MAX ? open_for : OPEN_FOR_MAX;
    b->opened_at = as_clock_monotonic();
    return AS_CIRCUIT_BREAKER_OPENED;
}

static as_circuit_breaker_event_t end_probe(as_circuit_breaker_t *b,
                                            as_circuit_breaker_outcome_t outcome)
{
    b->probing = 0;
    if (outcome == AS_CIRCUIT_BREAKER_FAILURE) {
        return open_breaker(b, 2 * b->open_for);
    }
    if (outcome == AS_CIRCUIT_BREAKER_SUCCESS) {
        b->open_for = 0;
        b->failures = 0;
        return AS_CIRCUIT_BREAKER_CLOSED;
    }
    return AS_CIRCUIT_BREAKER_UNCHANGED;
}

static as_circuit_breaker_event_t end_call(as_circuit_breaker_t *b,
                                           as_circuit_breaker_outcome_t outcome)
{
    if (outcome == AS_CIRCUIT_BREAKER_SUCCESS) {
        b->failures = 0;
    } else if (outcome == AS_CIRCUIT_BREAKER_FAILURE && ++b->failures == FAILURES_MAX) {
        return open_breaker(b, OPEN_FOR_FIRST);
    }
    return AS_CIRCUIT_BREAKER_UNCHANGED;
}

as_circuit_breaker_event_t as_circuit_breaker_report(as_circuit_breaker_t *breaker,
                                                     as_circuit_breaker_permit_t permit,
                                                     as_circuit_breaker_outcome_t outcome,
                                                     apr_interval_time_t *open_for)
{
    as_circuit_breaker_event_t event = AS_CIRCUIT_BREAKER_UNCHANGED;

    apr_thread_mutex_lock(breaker->lock);
    if (permit == AS_CIRCUIT_BREAKER_PROBE) {
        event = end_probe(breaker, outcome);
    } else if (!breaker->open_for) {
        /* While open, only the probe counts: other calls began before the breaker opened. */
        event = end_call(breaker, outcome);
    }
    *open_for = breaker->open_for;
    apr_thread_mutex_unlock(breaker->lock);
    return event;
}
