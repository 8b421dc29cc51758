/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that the test sets, and a pool for each test. */
#ifndef T_FAKE_CLOCK_H
#define T_FAKE_CLOCK_H

#include <apr_pools.h>
#include <apr_time.h>

extern apr_pool_t *pool;
extern apr_time_t now;           /* of the monotonic clock */
extern apr_interval_time_t wall; /* how far the time of day is ahead of it */

int fake_clock_set_up(void **state);
int fake_clock_tear_down(void **state);

#endif
