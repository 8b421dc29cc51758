/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A circuit breaker of one provider in one child, for many threads: after 5 faults in a row no call
 * is made for 30 s, then one probe decides; each failed probe doubles the wait, up to 5 minutes.
 */
#ifndef AS_SMS_CIRCUIT_BREAKER_H
#define AS_SMS_CIRCUIT_BREAKER_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct as_breaker_t as_breaker_t;

typedef enum as_breaker_pass_t {
    AS_BREAKER_REFUSED,
    AS_BREAKER_CALL,
    AS_BREAKER_PROBE
} as_breaker_pass_t;

typedef enum as_breaker_outcome_t {
    AS_BREAKER_NOTHING, /* tells nothing of the provider: it was not called */
    AS_BREAKER_GOOD,
    AS_BREAKER_FAULT
} as_breaker_outcome_t;

typedef enum as_breaker_event_t {
    AS_BREAKER_SAME,
    AS_BREAKER_OPENED, /* or opened again, after a probe */
    AS_BREAKER_CLOSED
} as_breaker_event_t;

/* A closed breaker that lives as long as p. */
apr_status_t as_breaker_create(apr_pool_t *p, as_breaker_t **breaker);

/* May the provider be called now? Each pass that is not REFUSED goes to as_breaker_end. */
as_breaker_pass_t as_breaker_begin(as_breaker_t *breaker);

/* How the call ended. With OPENED, *wait is how long no call will be made, in µs. */
as_breaker_event_t as_breaker_end(as_breaker_t *breaker, as_breaker_pass_t pass,
                                  as_breaker_outcome_t outcome, apr_interval_time_t *wait);

#endif
