/* SPDX-License-Identifier: Apache-2.0 */
/* Counting: what the tables promise holds for many at once, and for uses that are taken back. On
 * both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "store/limits.h"
#include "store/outbox.h"

static apr_status_t make_alice_and_a_code(as_tx_t *tx, void *baton)
{
    as_codes_row_t code = code_of("c1", T0);
    apr_status_t rv = as_users_insert(tx, &ALICE, T0);

    (void)baton;
    return rv == APR_SUCCESS ? as_codes_replace(tx, &code, 0, NULL) : rv;
}

static apr_status_t work_spend(as_tx_t *tx, void *baton)
{
    (void)baton;
    return as_codes_consume(tx, "c1");
}

static apr_status_t one_spend(store_t *s, apr_pool_t *p)
{
    return as_db_write(s->db, p, work_spend, NULL);
}

static void one_of_many_spends_wins(store_t *s)
{
    int other;

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    assert_int_equal(store_race(s, 50, one_spend, APR_ENOENT, &other), 1);
    assert_int_equal(other, 0);
}

static apr_status_t work_try(as_tx_t *tx, void *baton)
{
    as_codes_row_t *code;

    return as_codes_count_attempt(tx, ALICE.id, AS_PURPOSE_REGISTER, 5, T0, baton, &code);
}

static apr_status_t one_try(store_t *s, apr_pool_t *p)
{
    as_codes_attempt_t outcome = AS_ATTEMPT_NO_CODE;
    apr_status_t rv = as_db_write(s->db, p, work_try, &outcome);

    return rv != APR_SUCCESS                 ? rv
           : outcome == AS_ATTEMPT_COUNTED   ? APR_SUCCESS
           : outcome == AS_ATTEMPT_EXHAUSTED ? APR_EACCES
                                             : APR_EGENERAL;
}

static void tries_are_counted_to_the_limit(store_t *s)
{
    int other;

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    assert_int_equal(store_race(s, 50, one_try, APR_EACCES, &other), 5);
    assert_int_equal(other, 0);
}

static int registration_round;

static apr_status_t work_register(as_tx_t *tx, void *baton)
{
    as_user_t user = ALICE;

    user.id = baton;
    user.pending_until += registration_round * SECOND;
    return as_users_insert(tx, &user, ALICE.pending_until + (registration_round - 1) * SECOND);
}

static apr_status_t one_registration(store_t *s, apr_pool_t *p)
{
    const char *id = NULL;

    as_uuid_generate(p, &id);
    return as_db_write(s->db, p, work_register, (void *)(uintptr_t)id);
}

/* Each round finds the winner of the one before pending no more: it makes room, for one again. */
static void one_of_many_registrations_wins(store_t *s)
{
    int other;

    for (registration_round = 1; registration_round < 4; registration_round++) {
        assert_int_equal(store_race(s, 16, one_registration, APR_EEXIST, &other), 1);
        assert_int_equal(other, 0);
        assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_users"), 1);
    }
}

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
static void limit_holds_under_threads(store_t *s)
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

static apr_status_t work_sweep(as_tx_t *tx, void *baton)
{
    return as_users_purge(tx, ALICE.pending_until, 10, baton);
}

static apr_status_t work_hold(as_tx_t *tx, void *baton)
{
    store_t *s = baton;
    int deleted = -1;
    apr_status_t rv = as_users_prevent_deletion(tx, ALICE.id);

    /* From another connection. It would wait here for good, if it waited. */
    if (rv != APR_SUCCESS) {
        return rv;
    }
    assert_ok(as_db_write(store_open(s, NULL, &s->options), s->pool, work_sweep, &deleted));
    assert_int_equal(deleted, 0);
    return APR_SUCCESS;
}

static void a_held_account_is_not_swept(store_t *s)
{
    int deleted = 0;

    assert_int_equal(as_db_write(s->db, s->pool, work_hold, s), APR_ENOENT);
    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    assert_ok(as_db_write(s->db, s->pool, work_hold, s));
    assert_ok(as_db_write(s->db, s->pool, work_sweep, &deleted));
    assert_int_equal(deleted, 1);
}

/* ---- taken back ---- */

static as_codes_attempt_t tried(as_tx_t *tx)
{
    as_codes_attempt_t outcome = AS_ATTEMPT_NO_CODE;
    as_codes_row_t *found;

    assert_ok(as_codes_count_attempt(tx, ALICE.id, AS_PURPOSE_REGISTER, 1, T0, &outcome, &found));
    return outcome;
}

static apr_status_t take_attempts_back(as_tx_t *tx, void *baton)
{
    assert_ok(make_alice_and_a_code(tx, baton));
    assert_int_equal(tried(tx), AS_ATTEMPT_COUNTED);
    assert_int_equal(tried(tx), AS_ATTEMPT_EXHAUSTED);
    for (int i = 0; i < 3; i++) {
        assert_ok(as_codes_refund_attempt(tx, "c1"));
    }
    assert_ok(as_codes_refund_attempt(tx, "none"));
    assert_int_equal(tried(tx), AS_ATTEMPT_COUNTED);
    assert_int_equal(tried(tx), AS_ATTEMPT_EXHAUSTED);
    return APR_SUCCESS;
}

static void code_gets_an_attempt_back(store_t *s)
{
    assert_ok(as_db_write(s->db, s->pool, take_attempts_back, NULL));
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

static void limit_gets_a_use_back(store_t *s)
{
    assert_ok(as_db_write(s->db, s->pool, take_uses_back, NULL));
}

/* ---- receipts ---- */

enum { PAIRS = 4, TRIES = 400, TRIES_LONG = 2000, APART = 10 * 1000 /* µs, at most */ };

static int tries_each;
static _Atomic int joined;
static pthread_barrier_t sent_now[PAIRS];

typedef struct text_t {
    const char *id, *ref;
} text_t;

static apr_status_t work_insert_text(as_tx_t *tx, void *baton)
{
    const text_t *text = baton;
    const as_outbox_text_t row = {
        .id = text->id,
        .user_id = ALICE.id,
        .site = "site",
        .kind = "code",
        .mobile = ALICE.mobile,
        .body = "sealed",
        .created_at = T0,
        .expires_at = T0 + 600 * SECOND,
    };

    return as_outbox_insert(tx, &row, AS_OUTBOX_SENDING);
}

static apr_status_t work_sent(as_tx_t *tx, void *baton)
{
    const text_t *text = baton;

    return as_outbox_mark_sent(tx, text->id, NULL, "twilio", text->ref, T0);
}

static apr_status_t work_receipt(as_tx_t *tx, void *baton)
{
    const text_t *text = baton;
    const as_outbox_receipt_t receipt = {
        .sender = "twilio", .ref = text->ref, .state = AS_OUTBOX_DELIVERED};

    return as_outbox_record_receipt(tx, &receipt, T0);
}

/* The provider's receipt comes shortly before, or after, its reference is stored. */
static apr_status_t send_or_report(store_t *s, apr_pool_t *p)
{
    int place = atomic_fetch_add(&joined, 1);
    int sends = place % 2, pair = place / 2;
    unsigned seed = (unsigned)place;

    for (int i = 0; i < tries_each; i++) {
        text_t text = {apr_psprintf(p, "text-%d-%d", pair, i), apr_psprintf(p, "SM%d-%d", pair, i)};
        apr_status_t rv = APR_SUCCESS;

        if (sends) {
            rv = as_db_write(s->db, p, work_insert_text, &text);
        }
        pthread_barrier_wait(&sent_now[pair]);
        usleep((useconds_t)(rand_r(&seed) % APART));
        if (rv == APR_SUCCESS) {
            rv = as_db_write(s->db, p, sends ? work_sent : work_receipt, &text);
        }
        while (!sends && rv == APR_ENOENT) {
            usleep(APART);
            rv = as_db_write(s->db, p, work_receipt, &text);
        }
        assert_ok(rv);
    }
    return APR_SUCCESS;
}

static apr_time_t at_t0(void)
{
    return T0;
}

static void no_receipt_is_lost(store_t *s)
{
    int other;

    as_clock_set(at_t0); /* SQLite's clock */
    tries_each = (getenv("AUTHSMS_LONG") ? TRIES_LONG : TRIES) / PAIRS;
    atomic_store(&joined, 0);
    for (int i = 0; i < PAIRS; i++) {
        pthread_barrier_init(&sent_now[i], NULL, 2);
    }
    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    assert_int_equal(store_race(s, 2 * PAIRS, send_or_report, APR_SUCCESS, &other), 2 * PAIRS);
    assert_int_equal(
        store_number(s->db, s->pool, "SELECT count(*) FROM authsms_outbox WHERE state <> 4"), 0);
    assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_outbox"),
                     PAIRS * tries_each);
    as_clock_set(NULL);
}

/* A server's clock is wrong by an hour, another server's is right: a receipt still waits for the
 * reference of a text that is being sent, and no claimed text expires. */
static apr_status_t work_insert_skewed(as_tx_t *tx, void *baton)
{
    const as_outbox_text_t row = {
        .id = "t1",
        .user_id = ALICE.id,
        .site = "site",
        .kind = "code",
        .mobile = ALICE.mobile,
        .created_at = *(apr_time_t *)baton,
        .expires_at = *(apr_time_t *)baton + 600 * SECOND,
    };

    return as_outbox_insert(tx, &row, AS_OUTBOX_SENDING);
}

static apr_status_t work_report_at(as_tx_t *tx, void *baton)
{
    const as_outbox_receipt_t receipt = {
        .sender = "twilio", .ref = "SM1", .state = AS_OUTBOX_DELIVERED};

    return as_outbox_record_receipt(tx, &receipt, *(apr_time_t *)baton);
}

static apr_status_t work_expire_at(as_tx_t *tx, void *baton)
{
    int expired = 0;
    apr_status_t rv = as_outbox_expire(tx, *(apr_time_t *)baton, 10, &expired);

    assert_int_equal(expired, 0);
    return rv;
}

static void wrong_clock_loses_no_receipt(store_t *s)
{
    apr_time_t right = apr_time_now();
    apr_time_t skews[] = {-3600 * SECOND, 3600 * SECOND};

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    for (size_t i = 0; i < sizeof(skews) / sizeof(skews[0]); i++) {
        apr_time_t wrong = right + skews[i];

        /* Sent by the server whose clock is wrong, reported to the other. */
        assert_ok(as_db_write(s->db, s->pool, work_insert_skewed, &wrong));
        assert_int_equal(as_db_write(s->db, s->pool, work_report_at, &right), APR_ENOENT);
        /* Claimed from the queue by the one, reported to the other. */
        store_do(s->db, s->pool,
                 apr_psprintf(s->pool,
                              "UPDATE authsms_outbox SET claim = 'c', body = 'sealed', created_at ="
                              " 1, due_at = %" APR_INT64_T_FMT ", expires_at = %" APR_INT64_T_FMT,
                              right + 60 * SECOND, right + 600 * SECOND));
        assert_int_equal(as_db_write(s->db, s->pool, work_report_at, &wrong), APR_ENOENT);
        assert_ok(as_db_write(s->db, s->pool, work_expire_at, &wrong));
        /* Nothing is being sent any more. */
        store_do(s->db, s->pool, "UPDATE authsms_outbox SET due_at = 1");
        assert_ok(as_db_write(s->db, s->pool, work_report_at, &wrong));
        store_do(s->db, s->pool, "DELETE FROM authsms_outbox");
    }
}

typedef struct reported_t {
    as_outbox_receipt_t receipt;
    const char *ref; /* that the sender's answer brings afterwards */
} reported_t;

static apr_status_t work_report(as_tx_t *tx, void *baton)
{
    const reported_t *r = baton;

    return as_outbox_record_receipt(tx, &r->receipt, T0);
}

static apr_status_t work_answer(as_tx_t *tx, void *baton)
{
    const reported_t *r = baton;

    return as_outbox_mark_sent(tx, "t1", NULL, "vonage", r->ref, T0);
}

/* A receipt with our id comes before the sender's answer. */
static void early_receipt_finds_its_text(store_t *s)
{
    static const struct {
        reported_t said;
        int state; /* at the end */
        const char *as_stored;
    } rows[] = {
        {{{"vonage", "t1", "r1", AS_OUTBOX_DELIVERED, NULL}, "r1"}, 4, "error IS NULL"},
        {{{"vonage", "t1", "r1", AS_OUTBOX_SENT, NULL}, "r1"}, 3, "error IS NULL"},
        {{{"vonage", "t1", "r1", AS_OUTBOX_FAILED, "6"}, "r1"}, 5, "error = '6'"},
        {{{"vonage", "t1", "r2", AS_OUTBOX_FAILED, "6"}, "r1"}, 5, "error = '6'"},
        {{{"vonage", "t2", "r1", AS_OUTBOX_FAILED, "6"}, "r1"}, 3, "error IS NULL"},
    };

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        reported_t said = rows[i].said;
        text_t text = {"t1", NULL};

        assert_ok(as_db_write(s->db, s->pool, work_insert_text, &text));
        assert_ok(as_db_write(s->db, s->pool, work_report, &said));
        assert_ok(as_db_write(s->db, s->pool, work_answer, &said));
        assert_int_equal(store_number(s->db, s->pool,
                                      apr_psprintf(s->pool,
                                                   "SELECT count(*) FROM authsms_outbox WHERE "
                                                   "state = %d AND ref = 'r1' AND sender = 'vonage'"
                                                   " AND body IS NULL AND %s",
                                                   rows[i].state, rows[i].as_stored)),
                         1);
        /* An end state stays, and so does the sender. */
        said.receipt.sender = "twilio";
        said.receipt.state = AS_OUTBOX_DELIVERED;
        assert_ok(as_db_write(s->db, s->pool, work_report, &said));
        assert_int_equal(
            store_number(s->db, s->pool,
                         apr_psprintf(s->pool,
                                      "SELECT count(*) FROM authsms_outbox WHERE state = %d",
                                      rows[i].state)),
            1);
        store_do(s->db, s->pool, "DELETE FROM authsms_outbox");
    }
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE(one_of_many_spends_wins),
        CASE(tries_are_counted_to_the_limit),
        CASE(one_of_many_registrations_wins),
        CASE(limit_holds_under_threads),
        CASE(no_receipt_is_lost),
        CASE_ON(wrong_clock_loses_no_receipt, PGSQL),
        CASE(early_receipt_finds_its_text),
        CASE_ON(a_held_account_is_not_swept, PGSQL),
        CASE(code_gets_an_attempt_back),
        CASE(limit_gets_a_use_back),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
