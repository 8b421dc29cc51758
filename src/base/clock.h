/* SPDX-License-Identifier: Apache-2.0 */
/* The current time. All of the module reads it here, so tests can replace it. */
#ifndef AS_BASE_CLOCK_H
#define AS_BASE_CLOCK_H

#include <apr_pools.h>
#include <apr_time.h>

#include <pthread.h>
#include <time.h>

/* Microseconds since 1970-01-01T00:00:00Z. */
apr_time_t as_clock_now(void);

/* Microseconds of a clock that is never adjusted: for deadlines and timeouts in one process. */
apr_time_t as_clock_monotonic(void);

/* Initialize a condition whose timed waits use the monotonic clock. Returns 0 or an errno. */
int as_clock_init_cond(pthread_cond_t *cond);

/* A time of the monotonic clock, for pthread_cond_timedwait. */
struct timespec as_clock_to_timespec(apr_time_t t);

/* For tests: replace a clock; NULL restores it. Not thread-safe. */
void as_clock_set(apr_time_t (*now)(void));
void as_clock_set_monotonic(apr_time_t (*monotonic)(void));

/* RFC 3339 UTC with milliseconds, as JavaScript's Date prints it: "2026-11-23T09:11:00.000Z". */
const char *as_clock_format_rfc3339(apr_pool_t *p, apr_time_t t);

/* Parse exactly that form, with or without the fraction. APR_EINVAL: another form. */
apr_status_t as_clock_parse_rfc3339(const char *text, apr_time_t *t);

#endif
