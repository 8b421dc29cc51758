/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A circuit breaker for one provider in one child, for many threads. It opens after 5 consecutive
 * failures and refuses calls for 30 s. Then one call probes the provider: a success closes the
 * breaker, a failure opens it again for twice the time, up to 5 minutes.
 */
#ifndef AS_SMS_CIRCUIT_BREAKER_H
#define AS_SMS_CIRCUIT_BREAKER_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct as_circuit_breaker_t as_circuit_breaker_t;

typedef enum as_circuit_breaker_permit_t {
    AS_CIRCUIT_BREAKER_REFUSED,
    AS_CIRCUIT_BREAKER_CALL,
    AS_CIRCUIT_BREAKER_PROBE
} as_circuit_breaker_permit_t;

typedef enum as_circuit_breaker_outcome_t {
    AS_CIRCUIT_BREAKER_NOT_CALLED, /* does not count */
    AS_CIRCUIT_BREAKER_SUCCESS,
    AS_CIRCUIT_BREAKER_FAILURE
} as_circuit_breaker_outcome_t;

typedef enum as_circuit_breaker_event_t {
    AS_CIRCUIT_BREAKER_UNCHANGED,
    AS_CIRCUIT_BREAKER_OPENED, /* also again, by a failed probe */
    AS_CIRCUIT_BREAKER_CLOSED
} as_circuit_breaker_event_t;

/* A closed breaker with the lifetime of p. */
apr_status_t as_circuit_breaker_create(apr_pool_t *p, as_circuit_breaker_t **breaker);

/* May the provider be called now? Pass each permit except REFUSED to as_circuit_breaker_report. */
as_circuit_breaker_permit_t as_circuit_breaker_acquire(as_circuit_breaker_t *breaker);

/* Report the outcome of a call. *open_for: time for which the breaker refuses calls, in µs; 0: it
 * is closed. */
as_circuit_breaker_event_t as_circuit_breaker_report(as_circuit_breaker_t *breaker,
                                                     as_circuit_breaker_permit_t permit,
                                                     as_circuit_breaker_outcome_t outcome,
                                                     apr_interval_time_t *open_for);

#endif
