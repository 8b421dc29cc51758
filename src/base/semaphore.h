/* SPDX-License-Identifier: Apache-2.0 */
/* A counting semaphore with a timed wait: limits how many threads of a process do one thing. */
#ifndef AS_BASE_SEMAPHORE_H
#define AS_BASE_SEMAPHORE_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct as_semaphore_t as_semaphore_t;

/* A semaphore of `permits` permits, which lives as long as p. Errors: an errno of pthread. */
apr_status_t as_semaphore_create(apr_pool_t *p, int permits, as_semaphore_t **semaphore);

/* Acquire a permit, waiting at most `timeout` microseconds. APR_TIMEUP: none became free. */
apr_status_t as_semaphore_acquire(as_semaphore_t *semaphore, apr_interval_time_t timeout);

/* Release a permit: exactly once for each APR_SUCCESS of as_semaphore_acquire. */
void as_semaphore_release(as_semaphore_t *semaphore);

#endif
