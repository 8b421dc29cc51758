/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of background jobs, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "base/clock.h"
#include "store/jobs.h"

static int lease(as_tx_t *tx, const char *holder, apr_time_t now)
{
    int held = -1;

    assert_ok(as_jobs_acquire_lease(tx, "sweep", holder, now, 10 * SECOND, &held));
    return held;
}

static void one_server_holds_the_lease(as_tx_t *tx)
{
    assert_int_equal(lease(tx, "a", T0), 1);
    assert_int_equal(lease(tx, "b", T0 + 1), 0);
    assert_int_equal(lease(tx, "a", T0 + 9 * SECOND), 1);
    assert_int_equal(lease(tx, "b", T0 + 19 * SECOND - 1), 0);
    assert_int_equal(lease(tx, "b", T0 + 19 * SECOND), 1);
    assert_int_equal(lease(tx, "a", T0 + 19 * SECOND), 0);
    /* b's clock was ahead. */
    assert_int_equal(lease(tx, "a", T0), 1);
}

IN_UNIT(one_server_holds_the_lease)

static apr_time_t an_hour_ahead(void)
{
    return apr_time_now() + 3600 * SECOND;
}

/* PostgreSQL runs on this host. */
static void clock_is_that_of_postgresql(as_tx_t *tx)
{
    apr_time_t now, started;

    as_clock_set(an_hour_ahead);
    assert_ok(as_jobs_read_clock(tx, &now, &started));
    as_clock_set(NULL);
    if (as_tx_is_pgsql(tx)) {
        assert_in_range(now, apr_time_now() - 60 * SECOND, apr_time_now() + 60 * SECOND);
        assert_in_range(started, now - 3600 * SECOND, now);
    } else {
        assert_in_range(now, apr_time_now() + 3540 * SECOND, apr_time_now() + 3660 * SECOND);
        assert_int_equal(started, 0);
    }
}

IN_UNIT(clock_is_that_of_postgresql)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_one_server_holds_the_lease),
        CASE(store_clock_is_that_of_postgresql),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
