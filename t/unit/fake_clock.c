/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_clock.h"

#include "base/clock.h"

apr_pool_t *pool;
apr_time_t now;
apr_interval_time_t wall;

static apr_time_t test_monotonic(void)
{
    return now;
}

static apr_time_t test_time_of_day(void)
{
    return now + wall;
}

int fake_clock_set_up(void **state)
{
    (void)state;
    now = apr_time_from_sec(1000);
    wall = apr_time_from_sec(1000000000);
    as_clock_set_monotonic(test_monotonic);
    as_clock_set(test_time_of_day);
    return apr_pool_create(&pool, NULL);
}

int fake_clock_tear_down(void **state)
{
    (void)state;
    as_clock_set_monotonic(NULL);
    as_clock_set(NULL);
    apr_pool_destroy(pool);
    return 0;
}
