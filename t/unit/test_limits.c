/* SPDX-License-Identifier: Apache-2.0 */
/* Rate limit counters, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "store/limits.h"

static void hits_are_counted_per_window(as_tx_t *tx)
{
    assert_int_equal(hit(tx, "k", 2, T0), 0);
    assert_int_equal(hit(tx, "k", 2, T0 + 1), 0);
    assert_int_equal(hit(tx, "k", 2, T0 + 2), 10 * SECOND - 2);
    assert_int_equal(hit(tx, "other", 2, T0 + 2), 0);
    assert_int_equal(hit(tx, "k", 2, T0 + 10 * SECOND - 1), 1);
    assert_int_equal(hit(tx, "k", 2, T0 + 10 * SECOND), 0);
    assert_int_equal(hit(tx, "k", 0, T0 + 10 * SECOND), 10 * SECOND);
    assert_ok(as_limits_reset(tx, "login/user", "k"));
    assert_int_equal(hit(tx, "k", 1, T0), 0);
    assert_int_equal(hit(tx, "k", 1, T0), 10 * SECOND);
    assert_int_equal(hit(tx, "k", 1, T0 - 100 * SECOND), 10 * SECOND); /* the clock was set back */
    assert_int_equal(hit(tx, "none", 0, T0), 10 * SECOND);
}

static void counting_stops_above_the_limit(as_tx_t *tx)
{
    static const as_stmt_t hits = {"SELECT max(hits) FROM authsms_limits", NULL};
    as_rows_t *rows;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(hit(tx, "k", 3, T0) > 0, i >= 3);
    }
    assert_ok(as_stmt_query(tx, &hits, &rows));
    assert_int_equal(as_rows_int(rows, 0, 0), 4);
}

static int hits_of(as_tx_t *tx, const char *name)
{
    static const as_stmt_t hits = {
        "SELECT coalesce(sum(hits), 0) FROM authsms_limits WHERE name = %s", NULL};
    as_rows_t *rows;

    assert_ok(as_stmt_query(tx, &hits, &rows, name));
    return (int)as_rows_int(rows, 0, 0);
}

/* Counts one use of each of the limits a (2), b (1) and c (3), and checks which one refuses. */
static void add_hits(as_tx_t *tx, int count, int refused, apr_interval_time_t wait)
{
    static const as_limits_hit_t hits[] = {
        {"a", "k", 2, 10 * SECOND}, {"b", "k", 1, 20 * SECOND}, {"c", "k", 3, 30 * SECOND}};
    apr_interval_time_t retry_after = -1;
    int index = -1;

    assert_ok(as_limits_add_hits(tx, hits, count, T0, &index, &retry_after));
    assert_int_equal(index, refused);
    assert_int_equal(retry_after, wait);
}

static void several_limits_count_up_to_the_first_refusal(as_tx_t *tx)
{
    add_hits(tx, 1, 1, 0);
    add_hits(tx, 3, 3, 0);
    assert_int_equal(hits_of(tx, "a"), 2);
    assert_int_equal(hits_of(tx, "b"), 1);
    assert_int_equal(hits_of(tx, "c"), 1);
    add_hits(tx, 3, 0, 10 * SECOND);
    assert_int_equal(hits_of(tx, "b"), 1);
    assert_ok(as_limits_reset(tx, "a", "k"));
    add_hits(tx, 3, 1, 20 * SECOND);
    assert_int_equal(hits_of(tx, "a"), 1);
    assert_int_equal(hits_of(tx, "b"), 2);
    assert_int_equal(hits_of(tx, "c"), 1);
    assert_ok(as_limits_reset(tx, "b", "k"));
    add_hits(tx, 2, 2, 0);
    assert_int_equal(hits_of(tx, "c"), 1);
}

static void one_limit_is_reset_and_another_counts(as_tx_t *tx)
{
    const as_limits_hit_t b = {"b", "k", 1, 20 * SECOND};
    apr_interval_time_t retry_after = -1;

    assert_ok(as_limits_reset_and_add_hit(tx, "a", "k", &b, T0, &retry_after));
    assert_int_equal(retry_after, 0);
    add_hits(tx, 1, 1, 0);
    assert_ok(as_limits_reset_and_add_hit(tx, "a", "k", &b, T0, &retry_after));
    assert_int_equal(retry_after, 20 * SECOND);
    assert_int_equal(hits_of(tx, "a"), 0);
    assert_int_equal(hits_of(tx, "b"), 2);
}

IN_UNIT(several_limits_count_up_to_the_first_refusal)
IN_UNIT(one_limit_is_reset_and_another_counts)
IN_UNIT(hits_are_counted_per_window)
IN_UNIT(counting_stops_above_the_limit)

static apr_status_t work_hit(as_tx_t *tx, void *baton)
{
    return as_limits_add_hit(tx, "n", "k", 40, SECOND, T0, baton);
}

static apr_status_t five_hits(store_t *s, apr_pool_t *p)
{
    apr_interval_time_t retry_after = 0;
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; rv == APR_SUCCESS && i < 5; i++) {
        rv = as_db_write(s->db, p, work_hit, &retry_after);
        if (rv == APR_SUCCESS && retry_after) {
            rv = APR_EACCES;
        }
    }
    return rv;
}

/* 16 × 5 uses of 40: all are counted, none twice, and counting stops at 41. */
static void threads_share_the_limit(store_t *s)
{
    apr_interval_time_t retry_after;
    int other;

    store_race(s, 8, five_hits, APR_EACCES, &other);
    assert_int_equal(other, 0);
    assert_int_equal(store_number(s->db, s->pool, "SELECT hits FROM authsms_limits"), 40);
    store_race(s, 16, five_hits, APR_EACCES, &other);
    assert_int_equal(other, 0);
    assert_int_equal(store_number(s->db, s->pool, "SELECT hits FROM authsms_limits"), 41);
    assert_ok(as_db_write(s->db, s->pool, work_hit, &retry_after));
    assert_int_equal(retry_after, SECOND);
}

enum { USES = 3 };

static int is_spent(as_tx_t *tx, apr_time_t now)
{
    apr_interval_time_t retry_after = -1;

    assert_ok(as_limits_add_hit(tx, "n", "k", USES, 10 * SECOND, now, &retry_after));
    return retry_after > 0;
}

static void unhit(as_tx_t *tx, const char *key, apr_time_t hit_at)
{
    assert_ok(as_limits_remove_hit(tx, "n", key, USES, 10 * SECOND, hit_at));
}

static int hits(as_tx_t *tx)
{
    static const as_stmt_t sum = {"SELECT sum(hits) FROM authsms_limits", NULL};
    as_rows_t *rows;

    assert_ok(as_stmt_query(tx, &sum, &rows));
    return (int)as_rows_int(rows, 0, 0);
}

static apr_status_t take_uses_back(as_tx_t *tx, void *baton)
{
    (void)baton;
    for (int i = 0; i < USES + 2; i++) {
        assert_int_equal(is_spent(tx, T0 + i), i >= USES);
    }
    unhit(tx, "other", T0);
    unhit(tx, "k", T0); /* two were refused, and are no uses */
    assert_int_equal(hits(tx), USES - 1);
    assert_false(is_spent(tx, T0 + 5));
    assert_true(is_spent(tx, T0 + 5));
    for (int i = 0; i < USES + 2; i++) {
        unhit(tx, "k", T0 + 5);
    }
    assert_int_equal(hits(tx), 0);
    /* A use of a window that has ended is not taken from the next. */
    assert_false(is_spent(tx, T0 + 10 * SECOND));
    unhit(tx, "k", T0 + 9 * SECOND);
    assert_int_equal(hits(tx), 1);
    return APR_SUCCESS;
}

static void hit_is_removed(store_t *s)
{
    assert_ok(as_db_write(s->db, s->pool, take_uses_back, NULL));
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_several_limits_count_up_to_the_first_refusal),
        CASE(store_one_limit_is_reset_and_another_counts),
        CASE(store_hits_are_counted_per_window),
        CASE(store_counting_stops_above_the_limit),
        CASE(threads_share_the_limit),
        CASE(hit_is_removed),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
