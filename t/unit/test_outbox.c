/* SPDX-License-Identifier: Apache-2.0 */
/* Queued texts and their receipts, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/outbox.h"

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

/* The receipt arrives shortly before or after the provider's reference is stored. */
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

static void clock_difference_loses_no_receipt(store_t *s)
{
    apr_time_t right = apr_time_now();
    apr_time_t skews[] = {-3600 * SECOND, 3600 * SECOND};

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    for (size_t i = 0; i < sizeof(skews) / sizeof(skews[0]); i++) {
        apr_time_t wrong = right + skews[i];

        /* Sent by the server with the wrong clock; the receipt goes to the other server. */
        assert_ok(as_db_write(s->db, s->pool, work_insert_skewed, &wrong));
        assert_int_equal(as_db_write(s->db, s->pool, work_report_at, &right), APR_ENOENT);
        /* Claimed by the server with the right clock; the receipt goes to the other server. */
        store_do(s->db, s->pool,
                 apr_psprintf(s->pool,
                              "UPDATE authsms_outbox SET claim = 'c', body = 'sealed', created_at ="
                              " 1, due_at = %" APR_INT64_T_FMT ", expires_at = %" APR_INT64_T_FMT,
                              right + 60 * SECOND, right + 600 * SECOND));
        assert_int_equal(as_db_write(s->db, s->pool, work_report_at, &wrong), APR_ENOENT);
        assert_ok(as_db_write(s->db, s->pool, work_expire_at, &wrong));
        /* No text is being sent. */
        store_do(s->db, s->pool, "UPDATE authsms_outbox SET due_at = 1");
        assert_ok(as_db_write(s->db, s->pool, work_report_at, &wrong));
        store_do(s->db, s->pool, "DELETE FROM authsms_outbox");
    }
}

typedef struct reported_t {
    as_outbox_receipt_t receipt;
    const char *ref; /* reference returned by the provider */
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

/* A receipt with our id arrives before the provider's response. */
static void receipt_before_the_response_updates_its_text(store_t *s)
{
    static const struct {
        reported_t said;
        int state; /* final */
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

/* Insert a text that is due at T0 + due and expires at T0 + 600 s. */
static void insert_queued(as_tx_t *tx, const char *id, const char *site, apr_interval_time_t due)
{
    const as_outbox_text_t row = {
        .id = id,
        .user_id = ALICE.id,
        .site = site,
        .kind = "code",
        .code_id = "c1",
        .mobile = ALICE.mobile,
        .body = "sealed",
        .created_at = T0,
        .expires_at = T0 + 600 * SECOND,
    };

    assert_ok(as_outbox_insert(tx, &row, AS_OUTBOX_QUEUED));
    /* On PostgreSQL it is due now, by the clock of the database. */
    assert_ok(as_stmt_run_text(
        tx, apr_psprintf(as_tx_pool(tx),
                         "UPDATE authsms_outbox SET due_at = %" APR_INT64_T_FMT " WHERE id = '%s'",
                         T0 + due, id)));
}

/* Claim a text of the site `site` for 20 s. NULL: no text is due. */
static as_outbox_text_t *claim_text(as_tx_t *tx, const as_outbox_times_t *times, const char *claim)
{
    as_outbox_text_t *text = NULL;
    apr_status_t rv = as_outbox_claim(tx, "site", times, times->now + 20 * SECOND, claim, &text);

    assert_int_equal(rv, text ? APR_SUCCESS : APR_ENOENT);
    return text;
}

static void assert_claimed(const as_outbox_text_t *text, const char *id, int attempts)
{
    assert_non_null(text);
    assert_string_equal(text->id, id);
    assert_int_equal(text->attempts, attempts);
}

static void due_texts_are_claimed_in_order(as_tx_t *tx)
{
    const as_outbox_times_t before = {.now = T0, .wall_now = T0},
                            due = {.now = T0 + 10, .wall_now = T0};
    as_outbox_text_t *text;

    assert_ok(make_alice_and_a_code(tx, NULL));
    insert_queued(tx, "second", "site", 2);
    insert_queued(tx, "first", "site", 1);
    insert_queued(tx, "other", "another site", 0);
    assert_null(claim_text(tx, &before, "a"));
    text = claim_text(tx, &due, "a");
    assert_claimed(text, "first", 1);
    assert_string_equal(text->user_id, ALICE.id);
    assert_string_equal(text->site, "site");
    assert_string_equal(text->kind, "code");
    assert_string_equal(text->code_id, "c1");
    assert_string_equal(text->mobile, ALICE.mobile);
    assert_string_equal(text->body, "sealed");
    assert_int_equal(text->created_at, T0);
    assert_int_equal(text->expires_at, T0 + 600 * SECOND);
    assert_claimed(claim_text(tx, &due, "b"), "second", 1);
    assert_null(claim_text(tx, &due, "c"));
}

static void expired_claim_is_replaced(as_tx_t *tx)
{
    const apr_time_t end = T0 + 20 * SECOND;
    as_outbox_times_t times = {.now = T0, .wall_now = T0};

    assert_ok(make_alice_and_a_code(tx, NULL));
    insert_queued(tx, "t1", "site", 0);
    assert_claimed(claim_text(tx, &times, "a"), "t1", 1);
    times = (as_outbox_times_t){.now = end - 1, .expired_before = end - 1, .wall_now = T0};
    assert_null(claim_text(tx, &times, "b"));
    times = (as_outbox_times_t){.now = end, .expired_before = 0, .wall_now = T0};
    assert_null(claim_text(tx, &times, "b"));
    times.expired_before = end;
    assert_claimed(claim_text(tx, &times, "b"), "t1", 2);

    /* The expired claim changes nothing. */
    assert_ok(as_outbox_mark_sent(tx, "t1", "a", "twilio", "SM1", T0));
    assert_ok(as_outbox_mark_failed(tx, "t1", "a", "21211", T0));
    assert_ok(as_outbox_schedule_retry(tx, "t1", "a", T0));
    times = (as_outbox_times_t){.now = end + 1, .expired_before = end + 1, .wall_now = T0};
    assert_null(claim_text(tx, &times, "c"));

    assert_ok(as_outbox_schedule_retry(tx, "t1", "b", end + 30 * SECOND));
    times = (as_outbox_times_t){.now = end + 30 * SECOND - 1, .wall_now = T0};
    assert_null(claim_text(tx, &times, "c"));
    times.now = end + 30 * SECOND;
    assert_claimed(claim_text(tx, &times, "c"), "t1", 3);
    assert_ok(as_outbox_mark_sent(tx, "t1", "c", "twilio", "SM1", T0));
    times.now = times.expired_before = end + 500 * SECOND;
    assert_null(claim_text(tx, &times, "d"));
}

static void expired_text_is_not_claimed(as_tx_t *tx)
{
    as_outbox_times_t times = {.now = T0, .wall_now = T0 + 600 * SECOND};

    assert_ok(make_alice_and_a_code(tx, NULL));
    insert_queued(tx, "t1", "site", 0);
    assert_null(claim_text(tx, &times, "a"));
    times.wall_now--;
    assert_claimed(claim_text(tx, &times, "a"), "t1", 1);
}

IN_UNIT(due_texts_are_claimed_in_order)
IN_UNIT(expired_claim_is_replaced)
IN_UNIT(expired_text_is_not_claimed)

enum { QUEUED_TEXTS = 40 };

static apr_status_t work_queue_texts(as_tx_t *tx, void *baton)
{
    (void)baton;
    assert_ok(make_alice_and_a_code(tx, NULL));
    for (int i = 0; i < QUEUED_TEXTS; i++) {
        insert_queued(tx, apr_psprintf(as_tx_pool(tx), "t%d", i), "site", i);
    }
    return APR_SUCCESS;
}

static apr_status_t work_claim(as_tx_t *tx, void *baton)
{
    const as_outbox_times_t times = {.now = T0 + SECOND, .wall_now = T0};
    as_outbox_text_t *text;

    return as_outbox_claim(tx, "site", &times, T0 + 20 * SECOND, baton, &text);
}

static apr_status_t claim_all(store_t *s, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; rv == APR_SUCCESS && i <= QUEUED_TEXTS; i++) {
        rv = as_db_write(s->db, p, work_claim, (void *)(uintptr_t) "claim");
    }
    return rv;
}

static void threads_claim_each_text_once(store_t *s)
{
    int other;

    assert_ok(as_db_write(s->db, s->pool, work_queue_texts, NULL));
    store_race(s, 8, claim_all, APR_ENOENT, &other);
    assert_int_equal(other, 0);
    assert_int_equal(store_number(s->db, s->pool,
                                  "SELECT count(*) FROM authsms_outbox WHERE state = 2"
                                  " AND attempts = 1"),
                     QUEUED_TEXTS);
}

static apr_status_t work_queue_one_of_each_state(as_tx_t *tx, void *baton)
{
    static const char *const ids[] = {"queued-1", "queued-2", "queued-3", "sending"};
    as_outbox_text_t row = {
        .user_id = ALICE.id,
        .kind = "code",
        .mobile = ALICE.mobile,
        .body = "sealed",
        .created_at = T0,
        .expires_at = T0 + 600 * SECOND,
    };
    apr_status_t rv = make_alice_and_a_code(tx, NULL);

    (void)baton;
    for (int i = 0; rv == APR_SUCCESS && i < 4; i++) {
        row.id = ids[i];
        row.site = i ? "site" : "other site";
        rv = as_outbox_insert(tx, &row, i < 3 ? AS_OUTBOX_QUEUED : AS_OUTBOX_SENDING);
    }
    return rv;
}

static apr_status_t work_count_queued(as_tx_t *tx, void *baton)
{
    int *counts = baton;

    assert_ok(as_outbox_count_queued(tx, 10, &counts[0]));
    return as_outbox_count_queued(tx, 2, &counts[1]);
}

static void queued_texts_of_all_sites_are_counted(store_t *s)
{
    int counts[2];

    assert_ok(as_db_write(s->db, s->pool, work_queue_one_of_each_state, NULL));
    assert_ok(as_db_read(s->db, s->pool, work_count_queued, counts));
    assert_int_equal(counts[0], 3);
    assert_int_equal(counts[1], 2);
}

static void states_have_names(store_t *s)
{
    (void)s;
    assert_string_equal(as_outbox_state_name(AS_OUTBOX_QUEUED), "queued");
    assert_string_equal(as_outbox_state_name(AS_OUTBOX_SENDING), "sending");
    assert_string_equal(as_outbox_state_name(AS_OUTBOX_SENT), "sent");
    assert_string_equal(as_outbox_state_name(AS_OUTBOX_DELIVERED), "delivered");
    assert_string_equal(as_outbox_state_name(AS_OUTBOX_FAILED), "failed");
    /* Of a later version. */
    assert_null(as_outbox_state_name((as_outbox_state_t)(AS_OUTBOX_FAILED + 1)));
    assert_null(as_outbox_state_name((as_outbox_state_t)-1));
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_due_texts_are_claimed_in_order),
        CASE(store_expired_claim_is_replaced),
        CASE(store_expired_text_is_not_claimed),
        CASE(threads_claim_each_text_once),
        CASE(queued_texts_of_all_sites_are_counted),
        CASE_ON(states_have_names, SQLITE),
        CASE(no_receipt_is_lost),
        CASE_ON(clock_difference_loses_no_receipt, PGSQL),
        CASE(receipt_before_the_response_updates_its_text),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
