/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges of logins, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "store/challenges.h"

static as_challenge_t challenge_of(const char *id, const char *subject)
{
    return (as_challenge_t){
        .id = id,
        .subject = subject,
        .user_id = ALICE.id,
        .site = "site",
        .amr = "",
        .code_id = "code",
        .digest = "digest",
        .mobile = ALICE.mobile,
        .text = "text",
        .created_at = T0,
        .sent_at = T0,
        .expires_at = T0 + 60 * SECOND,
    };
}

static void assert_challenge(as_tx_t *tx, const char *id, const char *digest, int attempts)
{
    as_challenge_t *found = NULL;

    assert_ok(as_challenges_find(tx, id, &found));
    assert_string_equal(found->digest, digest);
    assert_int_equal(found->attempts, attempts);
}

static void challenge_is_kept_whole(as_tx_t *tx)
{
    as_challenge_t whole = challenge_of("c1", "subject"), *found = NULL;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    whole.attempts = 2;
    assert_ok(as_challenges_insert(tx, &whole));
    assert_ok(as_challenges_find(tx, "c1", &found));
    assert_string_equal(found->id, whole.id);
    assert_string_equal(found->subject, whole.subject);
    assert_string_equal(found->user_id, whole.user_id);
    assert_string_equal(found->site, whole.site);
    assert_string_equal(found->amr, whole.amr);
    assert_string_equal(found->code_id, whole.code_id);
    assert_string_equal(found->digest, whole.digest);
    assert_string_equal(found->mobile, whole.mobile);
    assert_string_equal(found->text, whole.text);
    assert_int_equal(found->attempts, 2);
    assert_int_equal(found->created_at, whole.created_at);
    assert_int_equal(found->sent_at, whole.sent_at);
    assert_int_equal(found->expires_at, whole.expires_at);
    assert_ok(as_challenges_find_by_subject(tx, "subject", &found));
    assert_string_equal(found->id, "c1");
    assert_int_equal(as_challenges_find(tx, "c2", &found), APR_ENOENT);
    assert_int_equal(as_challenges_find_by_subject(tx, "other", &found), APR_ENOENT);
}

static void row_without_account_or_subject_is_kept(as_tx_t *tx)
{
    as_challenge_t none = challenge_of("c1", NULL), again = challenge_of("c2", NULL);
    as_challenge_t *found = NULL;

    none.user_id = again.user_id = NULL;
    assert_ok(as_challenges_insert(tx, &none));
    assert_ok(as_challenges_insert(tx, &again));
    assert_ok(as_challenges_find(tx, "c1", &found));
    assert_null(found->user_id);
    assert_null(found->subject);
}

static void older_challenge_keeps_its_id(as_tx_t *tx)
{
    as_challenge_t newer = challenge_of("c2", "subject"), first = challenge_of("c1", "subject");
    as_challenge_t *found = NULL;
    int counted = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_challenges_replace(tx, &first, 30 * SECOND));
    assert_ok(as_challenges_count_attempt(tx, &first, 5, T0, &counted));
    assert_int_equal(counted, 1);
    newer.digest = "newer";
    newer.created_at = newer.sent_at = T0 + 30 * SECOND - 1;
    assert_int_equal(as_challenges_replace(tx, &newer, 30 * SECOND), APR_EEXIST);
    assert_challenge(tx, "c1", "digest", 1);
    newer.created_at = newer.sent_at = T0 + 30 * SECOND;
    assert_ok(as_challenges_replace(tx, &newer, 30 * SECOND));
    assert_challenge(tx, "c1", "newer", 0);
    assert_int_equal(as_challenges_find(tx, "c2", &found), APR_ENOENT);
    /* A clock was set back, and no wait at all. */
    newer.created_at = newer.sent_at = T0 - 1;
    newer.digest = "past";
    assert_ok(as_challenges_replace(tx, &newer, 30 * SECOND));
    newer.digest = "at once";
    assert_ok(as_challenges_replace(tx, &newer, 0));
    assert_challenge(tx, "c1", "at once", 0);
}

static void attempts_are_counted_up_to_their_number(as_tx_t *tx)
{
    as_challenge_t c = challenge_of("c1", NULL);
    int counted = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_challenges_insert(tx, &c));
    for (int i = 0; i < 3; i++) {
        assert_ok(as_challenges_count_attempt(tx, &c, 2, T0, &counted));
        assert_int_equal(counted, i < 2);
    }
    assert_ok(as_challenges_count_attempt(tx, &c, 5, c.expires_at, &counted));
    assert_int_equal(counted, 0);
    c.code_id = "another";
    assert_ok(as_challenges_count_attempt(tx, &c, 5, T0, &counted));
    assert_int_equal(counted, 0);
}

static void challenge_is_consumed_once(as_tx_t *tx)
{
    as_challenge_t own = challenge_of("c1", NULL), of_account = challenge_of("c2", NULL);

    assert_ok(as_users_insert(tx, &ALICE, T0));
    of_account.code_id = of_account.digest = NULL;
    assert_ok(as_challenges_insert(tx, &own));
    assert_ok(as_challenges_insert(tx, &of_account));
    own.code_id = "replaced since";
    assert_int_equal(as_challenges_consume(tx, &own), APR_ENOENT);
    own.code_id = "code";
    assert_ok(as_challenges_consume(tx, &own));
    assert_int_equal(as_challenges_consume(tx, &own), APR_ENOENT);
    assert_ok(as_challenges_extend(tx, "c2", T0 + 1, T0 + 2));
    assert_ok(as_challenges_consume(tx, &of_account));
    assert_int_equal(as_challenges_extend(tx, "c2", T0, T0), APR_ENOENT);
}

static void text_is_queued_once(as_tx_t *tx)
{
    as_challenge_t c = challenge_of("c1", NULL), silent = challenge_of("c2", NULL);
    as_challenge_t unknown = challenge_of("c3", NULL), *found = NULL;
    const as_outbox_times_t times = {.now = APR_INT64_MAX / 2, .wall_now = T0};
    int due = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    silent.mobile = unknown.mobile = "";
    unknown.user_id = NULL;
    assert_int_equal(as_challenges_find_text(tx, "site", &found), APR_ENOENT);
    assert_ok(as_challenges_insert(tx, &c));
    assert_ok(as_challenges_insert(tx, &silent));
    assert_ok(as_challenges_insert(tx, &unknown));
    assert_int_equal(as_challenges_find_text(tx, "other", &found), APR_ENOENT);
    for (int i = 0; i < 3; i++) {
        assert_ok(as_challenges_find_text(tx, "site", &found));
        assert_ok(as_challenges_queue_text(tx, found, "login"));
        assert_ok(as_challenges_queue_text(tx, found, "login"));
    }
    assert_int_equal(as_challenges_find_text(tx, "site", &found), APR_ENOENT);
    assert_ok(as_outbox_count_due(tx, "site", &times, 9, &due));
    assert_int_equal(due, 1);
}

static void expired_challenges_are_purged(as_tx_t *tx)
{
    as_challenge_t c = challenge_of("c1", NULL), *found = NULL;
    int deleted = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_challenges_insert(tx, &c));
    assert_ok(as_challenges_purge(tx, c.expires_at - 1, 10, &deleted));
    assert_int_equal(deleted, 0);
    assert_ok(as_challenges_purge(tx, c.expires_at, 10, &deleted));
    assert_int_equal(deleted, 1);
    assert_int_equal(as_challenges_find(tx, "c1", &found), APR_ENOENT);
}

static void challenges_of_an_account_are_deleted(as_tx_t *tx)
{
    as_challenge_t mine = challenge_of("h1", "s1"), other = challenge_of("h2", "s2"), *found;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    other.user_id = NULL;
    assert_ok(as_challenges_insert(tx, &mine));
    assert_ok(as_challenges_insert(tx, &other));
    assert_ok(as_challenges_delete_all(tx, ALICE.id));
    assert_int_equal(as_challenges_find(tx, "h1", &found), APR_ENOENT);
    assert_ok(as_challenges_find(tx, "h2", &found));
}

IN_UNIT(challenges_of_an_account_are_deleted)
IN_UNIT(challenge_is_kept_whole)
IN_UNIT(row_without_account_or_subject_is_kept)
IN_UNIT(older_challenge_keeps_its_id)
IN_UNIT(attempts_are_counted_up_to_their_number)
IN_UNIT(challenge_is_consumed_once)
IN_UNIT(text_is_queued_once)
IN_UNIT(expired_challenges_are_purged)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_challenges_of_an_account_are_deleted),
        CASE(store_challenge_is_kept_whole),
        CASE(store_row_without_account_or_subject_is_kept),
        CASE(store_older_challenge_keeps_its_id),
        CASE(store_attempts_are_counted_up_to_their_number),
        CASE(store_challenge_is_consumed_once),
        CASE(store_text_is_queued_once),
        CASE(store_expired_challenges_are_purged),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
