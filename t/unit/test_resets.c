/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for a new password, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "store/resets.h"

static as_reset_t request_of(const char *id, const char *site, apr_time_t created_at)
{
    return (as_reset_t){.id = id, .site = site, .name = "encrypted", .created_at = created_at};
}

static void add(as_tx_t *tx, const char *id, const char *site, apr_time_t created_at)
{
    as_reset_t reset = request_of(id, site, created_at);

    assert_ok(as_resets_insert(tx, &reset));
}

static int exist(as_tx_t *tx, const char *site)
{
    int found = -1;

    assert_ok(as_resets_exist(tx, site, &found));
    return found;
}

static void oldest_request_of_a_site_is_taken_once(as_tx_t *tx)
{
    as_reset_t *taken = NULL;

    assert_int_equal(exist(tx, "site"), 0);
    assert_int_equal(as_resets_take(tx, "site", &taken), APR_ENOENT);
    add(tx, "r2", "site", T0 + 1);
    add(tx, "r1", "site", T0);
    add(tx, "r0", "other", T0 - 1);
    assert_int_equal(exist(tx, "site"), 1);
    assert_ok(as_resets_take(tx, "site", &taken));
    assert_string_equal(taken->id, "r1");
    assert_string_equal(taken->site, "site");
    assert_string_equal(taken->name, "encrypted");
    assert_int_equal(taken->created_at, T0);
    assert_ok(as_resets_take(tx, "site", &taken));
    assert_string_equal(taken->id, "r2");
    assert_int_equal(as_resets_take(tx, "site", &taken), APR_ENOENT);
    assert_int_equal(exist(tx, "site"), 0);
    assert_int_equal(exist(tx, "other"), 1);
}

static void old_requests_are_purged(as_tx_t *tx)
{
    int deleted = -1;

    add(tx, "r1", "site", T0);
    add(tx, "r2", "site", T0 + 1);
    add(tx, "r3", "site", T0 + 2);
    assert_ok(as_resets_purge(tx, T0 + 1, 1, &deleted));
    assert_int_equal(deleted, 1);
    assert_ok(as_resets_purge(tx, T0 + 1, 10, &deleted));
    assert_int_equal(deleted, 1);
    assert_int_equal(exist(tx, "site"), 1);
}

IN_UNIT(oldest_request_of_a_site_is_taken_once)
IN_UNIT(old_requests_are_purged)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_oldest_request_of_a_site_is_taken_once),
        CASE(store_old_requests_are_purged),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
