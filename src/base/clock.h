/* SPDX-License-Identifier: Apache-2.0 */
/* The one source of the time, so that tests can set it. */
#ifndef AS_BASE_CLOCK_H
#define AS_BASE_CLOCK_H

#include <apr_pools.h>
#include <apr_time.h>

#include <pthread.h>
#include <time.h>

/* Microseconds since 1970-01-01T00:00:00Z. */
apr_time_t as_clock_now(void);

/* Microseconds on a clock that nobody sets: for deadlines and pauses within a process. */
apr_time_t as_clock_monotonic(void);

/* A condition whose waits are timed by that clock, and such a time for pthread_cond_timedwait. */
int as_clock_init_cond(pthread_cond_t *cond);
struct timespec as_clock_to_timespec(apr_time_t t);

/* Replace a clock for a test; NULL sets the real one back. Not thread-safe. */
void as_clock_set(apr_time_t (*now)(void));
void as_clock_set_monotonic(apr_time_t (*monotonic)(void));

/* RFC 3339 UTC with milliseconds, as JavaScript's Date prints it: "2026-11-23T09:11:00.000Z". */
const char *as_clock_format_rfc3339(apr_pool_t *p, apr_time_t t);

/* The reverse, for claims: exactly that form or without the fraction. APR_EINVAL else. */
apr_status_t as_clock_parse_rfc3339(const char *text, apr_time_t *t);

#endif
