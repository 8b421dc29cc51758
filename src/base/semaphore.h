/* SPDX-License-Identifier: Apache-2.0 */
/* A counting gate with a timed wait: how many threads of a child may do one thing at once. */
#ifndef AS_BASE_SEMAPHORE_H
#define AS_BASE_SEMAPHORE_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct as_semaphore_t as_semaphore_t;

/* A gate of `places` places, which lives as long as p. */
apr_status_t as_semaphore_create(apr_pool_t *p, int places, as_semaphore_t **gate);

/* Take a place, waiting at most `wait` microseconds. APR_TIMEUP when none came free. */
apr_status_t as_semaphore_acquire(as_semaphore_t *gate, apr_interval_time_t wait);

/* Give the place back; exactly once for each APR_SUCCESS of as_semaphore_acquire. */
void as_semaphore_release(as_semaphore_t *gate);

#endif
