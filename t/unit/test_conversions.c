/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of codes sent and entered, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "store/conversions.h"

#define SLOT (600 * SECOND)
/* The beginning of a slot. */
#define START (T0 - T0 % SLOT)

static void assert_sums(as_tx_t *tx, const char *key, apr_time_t from, apr_time_t until, int sent,
                        int entered, apr_time_t oldest)
{
    int all_sent = -1, all_entered = -1;
    apr_time_t first = -1;

    assert_ok(as_conversions_sum(tx, "country", key, from, until, &all_sent, &all_entered, &first));
    assert_int_equal(all_sent, sent);
    assert_int_equal(all_entered, entered);
    assert_int_equal(first, oldest);
}

static void count(as_tx_t *tx, apr_time_t sent_at, as_conversions_event_t event, int times)
{
    for (int i = 0; i < times; i++) {
        assert_ok(as_conversions_count(tx, "country", "+44", sent_at, event));
    }
}

static void codes_are_counted_in_the_slot_of_sending(as_tx_t *tx)
{
    assert_sums(tx, "+44", 0, APR_INT64_MAX, 0, 0, 0);
    count(tx, START, AS_CONVERSIONS_SENT, 2);
    count(tx, START + SLOT - 1, AS_CONVERSIONS_SENT, 3);
    count(tx, START + SLOT, AS_CONVERSIONS_SENT, 4);
    count(tx, START + 1, AS_CONVERSIONS_ENTERED, 1);
    count(tx, START + SLOT, AS_CONVERSIONS_UNSENT, 1);
    assert_ok(as_conversions_count(tx, "country", "+49", START, AS_CONVERSIONS_SENT));
    assert_ok(as_conversions_count(tx, "network", "+44", START, AS_CONVERSIONS_SENT));
    assert_sums(tx, "+44", 0, APR_INT64_MAX, 8, 1, START);
    assert_sums(tx, "+49", 0, APR_INT64_MAX, 1, 0, START);
    /* Whole slots only. */
    assert_sums(tx, "+44", START, START + SLOT, 5, 1, START);
    assert_sums(tx, "+44", START, START + SLOT - 1, 0, 0, 0);
    assert_sums(tx, "+44", START + 1, START + 2 * SLOT, 3, 0, START + SLOT);
}

static void old_slots_are_purged(as_tx_t *tx)
{
    int deleted = -1;

    count(tx, START, AS_CONVERSIONS_SENT, 1);
    count(tx, START + SLOT, AS_CONVERSIONS_SENT, 1);
    assert_ok(as_conversions_purge(tx, START, 9, &deleted));
    assert_int_equal(deleted, 0);
    assert_ok(as_conversions_purge(tx, START + 1, 9, &deleted));
    assert_int_equal(deleted, 1);
    assert_sums(tx, "+44", 0, APR_INT64_MAX, 1, 0, START + SLOT);
}

IN_UNIT(codes_are_counted_in_the_slot_of_sending)
IN_UNIT(old_slots_are_purged)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_codes_are_counted_in_the_slot_of_sending),
        CASE(store_old_slots_are_purged),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
