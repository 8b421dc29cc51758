/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of past logins, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "store/addresses.h"

static int known(as_tx_t *tx, const char *key, apr_time_t now)
{
    as_stored_hashes_t highest;
    as_user_t *user;
    int known = -1;

    assert_ok(as_users_find_for_login(tx, "unknown name", key, now, &user, &highest, &known));
    assert_null(user);
    return known;
}

static void addresses_are_known_until_they_expire(as_tx_t *tx)
{
    static const apr_time_t day = 86400 * SECOND;
    as_user_t bob = ALICE;

    bob.id = BOB;
    bob.username_key = "bob";
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_insert(tx, &bob, T0));
    assert_int_equal(known(tx, "k", T0), 0);
    assert_ok(as_addresses_record(tx, "k", ALICE.id, T0 + 30 * day));
    assert_int_equal(known(tx, "k", T0 + 30 * day - 1), 1);
    assert_int_equal(known(tx, "k", T0 + 30 * day), 0);
    assert_int_equal(known(tx, "l", T0), 0);
    /* Not sooner, and not again on the same day. */
    assert_ok(as_addresses_record(tx, "k", ALICE.id, T0 + 29 * day));
    assert_ok(as_addresses_record(tx, "k", ALICE.id, T0 + 31 * day - 1));
    assert_int_equal(known(tx, "k", T0 + 30 * day - 1), 1);
    assert_int_equal(known(tx, "k", T0 + 30 * day), 0);
    assert_ok(as_addresses_record(tx, "k", ALICE.id, T0 + 31 * day));
    assert_int_equal(known(tx, "k", T0 + 31 * day - 1), 1);
    /* Another account of that name. */
    assert_ok(as_addresses_record(tx, "k", BOB, T0 + 2 * day));
    assert_int_equal(known(tx, "k", T0 + 2 * day), 0);
}

IN_UNIT(addresses_are_known_until_they_expire)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_addresses_are_known_until_they_expire),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
