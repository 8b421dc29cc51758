/* SPDX-License-Identifier: Apache-2.0 */
/* Leases of background jobs, on both databases. */
#include "store_samples.h"
#include "store_support.h"

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

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_one_server_holds_the_lease),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
