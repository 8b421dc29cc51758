/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>

#include <string.h>

#include "store/addresses.h"
#include "store/jobs.h"
#include "store/limits.h"
#include "store/sessions.h"
#include "store/standing.h"

/* A case's body, run as one unit of work. */
typedef struct body_t {
    void (*run)(as_tx_t *tx);
} body_t;

static apr_status_t run_body(as_tx_t *tx, void *baton)
{
    ((body_t *)baton)->run(tx);
    return APR_SUCCESS;
}

static void in_unit(store_t *s, void (*run)(as_tx_t *tx))
{
    body_t body = {run};

    assert_ok(as_db_write(s->db, s->pool, run_body, &body));
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 0);
}

static void assert_same_user(const as_user_t *a, const as_user_t *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->username, b->username);
    assert_string_equal(a->username_key, b->username_key);
    assert_string_equal(a->password, b->password);
    assert_string_equal(a->mobile_given, b->mobile_given);
    assert_string_equal(a->mobile, b->mobile);
    assert_string_equal(a->country, b->country);
    assert_true(a->remote_id == b->remote_id || !strcmp(a->remote_id, b->remote_id));
    assert_int_equal(a->verified, b->verified);
    assert_int_equal(a->locked, b->locked);
    assert_int_equal(a->created_at, b->created_at);
    assert_int_equal(a->updated_at, b->updated_at);
    assert_int_equal(a->last_login, b->last_login);
    assert_int_equal(a->valid_from, b->valid_from);
    assert_int_equal(a->proved_at, b->proved_at);
    assert_int_equal(a->pending_until, b->pending_until);
}

static as_user_t *alice(as_tx_t *tx)
{
    as_user_t *user = NULL;

    assert_ok(as_users_find_by_id(tx, ALICE.id, &user));
    return user;
}

static void user_is_kept_whole(as_tx_t *tx)
{
    as_user_t full = ALICE, *user = NULL;

    full.remote_id = "12345";
    full.verified = full.locked = 1;
    full.last_login = 1;
    full.valid_from = APR_INT64_MAX;
    full.proved_at = 2;
    assert_ok(as_users_insert(tx, &full, T0));
    assert_ok(as_users_find_by_id(tx, full.id, &user));
    assert_same_user(user, &full);
    assert_ok(as_users_find_by_name(tx, full.username_key, T0, &user));
    assert_same_user(user, &full);
    assert_int_equal(as_users_find_by_id(tx, BOB, &user), APR_ENOENT);
    assert_int_equal(as_users_find_by_name(tx, "alice", T0, &user), APR_ENOENT);
}

static void name_is_held_while_pending(as_tx_t *tx)
{
    as_user_t rival = ALICE, *user = NULL;

    rival.id = BOB;
    rival.pending_until = ALICE.pending_until + 100 * SECOND;
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_int_equal(as_users_insert(tx, &rival, ALICE.pending_until - 1), APR_EEXIST);
    assert_ok(as_users_find_by_name(tx, ALICE.username_key, ALICE.pending_until - 1, &user));
    assert_same_user(user, &ALICE);
    assert_int_equal(as_users_find_by_name(tx, ALICE.username_key, ALICE.pending_until, &user),
                     APR_ENOENT);
    assert_same_user(alice(tx), &ALICE);
    assert_ok(as_users_insert(tx, &rival, ALICE.pending_until));
    assert_int_equal(as_users_find_by_id(tx, ALICE.id, &user), APR_ENOENT);
    assert_ok(as_users_verify(tx, BOB, ALICE.mobile, T0));
    assert_int_equal(as_users_insert(tx, &ALICE, APR_INT64_MAX), APR_EEXIST);
    assert_ok(as_users_find_by_name(tx, ALICE.username_key, APR_INT64_MAX, &user));
}

static void dearest_hash_is_found_with_a_name(as_tx_t *tx)
{
    static const struct {
        const char *hash;
        int dearest; /* once it is in the table too */
    } steps[] = {
        {"*", 0},
        {"$2y$17$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 0},
        {"$2y$03$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 0},
        {"$2x$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 0},
        {"$2b$09$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 9},
        {"$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 10},
        {"$2a$04$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 10},
        {"$2y$zz$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 10},
        {"$2a$16$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", 16},
    };
    as_user_t *user = NULL, account = ALICE;
    int dearest = -1;

    assert_ok(as_users_find_for_password(tx, ALICE.username_key, T0, &user, &dearest));
    assert_null(user);
    assert_int_equal(dearest, 0);
    assert_ok(as_users_insert(tx, &ALICE, T0));
    for (apr_size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        account.id = apr_psprintf(as_tx_pool(tx), "01900000-0000-7000-8000-0000000001%02d", (int)i);
        account.username_key = apr_psprintf(as_tx_pool(tx), "account%d", (int)i);
        account.password = steps[i].hash;
        assert_ok(as_users_insert(tx, &account, T0));
        assert_ok(as_users_find_for_password(tx, ALICE.username_key, T0, &user, &dearest));
        assert_same_user(user, &ALICE);
        assert_int_equal(dearest, steps[i].dearest);
        assert_ok(as_users_find_for_password(tx, "nobody", T0, &user, &dearest));
        assert_null(user);
        assert_int_equal(dearest, steps[i].dearest);
    }
    assert_ok(
        as_users_find_for_password(tx, ALICE.username_key, ALICE.pending_until, &user, &dearest));
    assert_null(user);
}

static void pending_account_registers_again(as_tx_t *tx)
{
    as_user_t again = ALICE, expected = ALICE;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_set_remote_id(tx, ALICE.id, ALICE.mobile, "77"));
    assert_int_equal(as_users_set_remote_id(tx, ALICE.id, "+3212345678", "78"), APR_ENOENT);
    again.username = "ALICË ☎";
    again.mobile_given = "+44 20 7946 0000";
    again.updated_at = T0 + 9;
    again.pending_until = T0 + 99;
    again.password = "not taken";
    assert_ok(as_users_register_again(tx, &again));
    expected.username = again.username;
    expected.mobile_given = again.mobile_given;
    expected.updated_at = again.updated_at;
    expected.pending_until = again.pending_until;
    expected.remote_id = "77";
    assert_same_user(alice(tx), &expected);

    again.mobile = expected.mobile = "+3212345678";
    again.country = expected.country = "+32";
    expected.remote_id = NULL;
    assert_ok(as_users_register_again(tx, &again));
    assert_same_user(alice(tx), &expected);
    assert_ok(as_users_verify(tx, ALICE.id, again.mobile, T0));
    assert_int_equal(as_users_register_again(tx, &again), APR_ENOENT);
}

static void user_is_verified_once(as_tx_t *tx)
{
    as_user_t mute = ALICE, *user = NULL;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_int_equal(as_users_verify(tx, ALICE.id, "+3212345678", T0), APR_ENOENT);
    assert_ok(as_users_verify(tx, ALICE.id, ALICE.mobile, T0 + 5));
    assert_int_equal(alice(tx)->verified, 1);
    assert_int_equal(alice(tx)->proved_at, T0 + 5);
    assert_int_equal(alice(tx)->updated_at, T0 + 5);
    assert_int_equal(as_users_verify(tx, ALICE.id, ALICE.mobile, T0 + 6), APR_ENOENT);
    assert_int_equal(as_users_verify(tx, BOB, ALICE.mobile, T0), APR_ENOENT);
    assert_int_equal(alice(tx)->proved_at, T0 + 5);

    mute.id = mute.username_key = BOB;
    mute.mobile = "";
    assert_ok(as_users_insert(tx, &mute, T0));
    assert_ok(as_users_verify(tx, BOB, "", T0 + 5));
    assert_ok(as_users_find_by_id(tx, BOB, &user));
    assert_int_equal(user->proved_at, 0);
}

static void login_is_noted(as_tx_t *tx)
{
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_record_login(tx, ALICE.id, T0 + 1, NULL, NULL));
    assert_int_equal(alice(tx)->last_login, T0 + 1);
    assert_string_equal(alice(tx)->password, ALICE.password);
    assert_ok(as_users_record_login(tx, ALICE.id, T0 + 2, "changed meanwhile", "new"));
    assert_string_equal(alice(tx)->password, ALICE.password);
    assert_ok(as_users_record_login(tx, ALICE.id, T0 + 3, ALICE.password, "new"));
    assert_string_equal(alice(tx)->password, "new");
    assert_int_equal(alice(tx)->last_login, T0 + 3);
    assert_int_equal(alice(tx)->updated_at, ALICE.updated_at);
    assert_int_equal(as_users_record_login(tx, BOB, T0, NULL, NULL), APR_ENOENT);
    assert_int_equal(as_users_record_login(tx, BOB, T0, "a", "b"), APR_ENOENT);
    assert_int_equal(as_users_set_remote_id(tx, BOB, ALICE.mobile, "1"), APR_ENOENT);
}

static as_codes_attempt_t try_code(as_tx_t *tx, int attempts, apr_time_t now, as_codes_row_t **code)
{
    as_codes_attempt_t outcome = AS_ATTEMPT_NO_CODE;

    assert_ok(
        as_codes_count_attempt(tx, ALICE.id, AS_PURPOSE_REGISTER, attempts, now, &outcome, code));
    return outcome;
}

static void code_is_kept_whole(as_tx_t *tx)
{
    as_codes_row_t code = code_of("c1", T0), *found = NULL;
    apr_interval_time_t wait = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    code.ref = "VE1";
    assert_ok(as_codes_replace(tx, &code, 0, &wait));
    assert_int_equal(try_code(tx, 5, T0, &found), AS_ATTEMPT_COUNTED);
    assert_string_equal(found->id, "c1");
    assert_string_equal(found->user_id, ALICE.id);
    assert_int_equal(found->purpose, AS_PURPOSE_REGISTER);
    assert_string_equal(found->mobile, ALICE.mobile);
    assert_string_equal(found->digest, "digest");
    assert_string_equal(found->ref, "VE1");
    assert_int_equal(found->attempts, 1);
    assert_int_equal(found->created_at, T0);
    assert_int_equal(found->expires_at, T0 + 60 * SECOND);
    code.digest = code.ref = NULL;
    assert_ok(as_codes_replace(tx, &code, 0, &wait));
    assert_int_equal(try_code(tx, 5, T0, &found), AS_ATTEMPT_COUNTED);
    assert_null(found->digest);
    assert_null(found->ref);
    assert_ok(as_codes_set_ref(tx, "c1", "VE2"));
    assert_int_equal(try_code(tx, 5, T0, &found), AS_ATTEMPT_COUNTED);
    assert_string_equal(found->ref, "VE2");
    assert_int_equal(as_codes_set_ref(tx, "c2", "VE2"), APR_ENOENT);
}

static void code_waits_before_a_resend(as_tx_t *tx)
{
    static const apr_interval_time_t resend = 30 * SECOND;
    static const struct {
        apr_time_t older, now;
        apr_interval_time_t resend, wait; /* 0: replaced */
    } cases[] = {
        {0, 0, resend, resend},
        {0, 1, resend, resend - 1},
        {0, resend - 1, resend, 1},
        {0, resend, resend, 0},
        {0, 1, 0, 0},
        {-T0, 1, resend, 0},          /* not sent */
        {0, -SECOND, resend, resend}, /* another server's clock is a little ahead */
        {0, -2 * resend, resend, 0},  /* a clock was set back */
    };

    assert_ok(as_users_insert(tx, &ALICE, T0));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        as_codes_row_t older = code_of("older", T0 + cases[i].older), *found = NULL;
        as_codes_row_t newer = code_of("newer", T0 + cases[i].now);
        apr_interval_time_t wait = 0;
        apr_status_t rv;

        assert_ok(as_codes_replace(tx, &older, 0, &wait));
        rv = as_codes_replace(tx, &newer, cases[i].resend, &wait);
        assert_int_equal(wait, cases[i].wait);
        assert_int_equal(rv, wait ? APR_EEXIST : APR_SUCCESS);
        assert_int_equal(try_code(tx, 1, 0, &found), AS_ATTEMPT_COUNTED);
        assert_string_equal(found->id, wait ? "older" : "newer");
    }
}

static void code_that_was_not_sent_may_be_resent(as_tx_t *tx)
{
    as_codes_row_t older = code_of("older", T0), newer = code_of("newer", T0 + 1), *found = NULL;
    apr_interval_time_t wait = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_codes_replace(tx, &older, 30 * SECOND, &wait));
    assert_ok(as_codes_mark_unsent(tx, "older"));
    assert_int_equal(try_code(tx, 5, T0 + 1, &found), AS_ATTEMPT_COUNTED);
    assert_ok(as_codes_replace(tx, &newer, 30 * SECOND, &wait));
    assert_int_equal(as_codes_replace(tx, &older, 30 * SECOND, &wait), APR_EEXIST);
    assert_ok(as_codes_mark_unsent(tx, "older"));
}

static void code_is_tried_and_spent(as_tx_t *tx)
{
    as_codes_row_t code = code_of("c1", T0), *found = NULL;
    apr_interval_time_t wait = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_int_equal(try_code(tx, 2, T0, &found), AS_ATTEMPT_NO_CODE);
    assert_ok(as_codes_replace(tx, &code, 0, &wait));
    assert_int_equal(try_code(tx, 2, code.expires_at, &found), AS_ATTEMPT_EXPIRED);
    assert_int_equal(try_code(tx, 2, code.expires_at - 1, &found), AS_ATTEMPT_COUNTED);
    assert_int_equal(try_code(tx, 2, T0, &found), AS_ATTEMPT_COUNTED);
    assert_int_equal(found->attempts, 2);
    assert_int_equal(try_code(tx, 2, T0, &found), AS_ATTEMPT_EXHAUSTED);
    assert_int_equal(try_code(tx, 2, code.expires_at, &found), AS_ATTEMPT_EXPIRED);
    assert_ok(as_codes_consume(tx, "c1"));
    assert_int_equal(as_codes_consume(tx, "c1"), APR_ENOENT);
    assert_int_equal(try_code(tx, 2, T0, &found), AS_ATTEMPT_NO_CODE);
}

static void newer_code_ends_the_older(as_tx_t *tx)
{
    as_codes_row_t older = code_of("older", T0), newer = code_of("newer", T0 + 1);
    as_codes_row_t login = code_of("login", T0), *found = NULL;
    apr_interval_time_t wait = 0;

    login.purpose = AS_PURPOSE_LOGIN;
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_codes_replace(tx, &older, 0, &wait));
    assert_ok(as_codes_replace(tx, &login, 0, &wait));
    assert_int_equal(try_code(tx, 1, T0, &found), AS_ATTEMPT_COUNTED);
    assert_ok(as_codes_replace(tx, &newer, 0, &wait));
    assert_int_equal(as_codes_consume(tx, "older"), APR_ENOENT);
    assert_int_equal(try_code(tx, 1, T0, &found), AS_ATTEMPT_COUNTED);
    assert_string_equal(found->id, "newer");
    assert_int_equal(found->attempts, 1);
    assert_ok(as_codes_consume(tx, "login"));
}

static as_session_t session_of(const char *sid, apr_time_t expires_at)
{
    return (as_session_t){sid, ALICE.id, T0, T0, expires_at, "agent ☎", NULL};
}

static int standing(as_tx_t *tx, const char *sid, apr_time_t now)
{
    as_standing_t st = {NULL, -1};

    assert_ok(as_standing_find(tx, ALICE.id, sid, now, &st));
    assert_same_user(st.user, &ALICE);
    return st.session_alive;
}

static void sessions_live_and_end(as_tx_t *tx)
{
    as_session_t ends = session_of("s1", T0 + 10), never = session_of("s2", 0);
    as_session_t more = session_of("s3", 0);
    as_user_t bob = ALICE;
    as_standing_t st;

    bob.id = bob.username_key = BOB;
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_insert(tx, &bob, T0));
    assert_ok(as_sessions_insert(tx, &ends));
    assert_ok(as_sessions_insert(tx, &never));
    assert_ok(as_sessions_insert(tx, &more));
    assert_int_equal(standing(tx, "s1", T0 + 9), 1);
    assert_int_equal(standing(tx, "s1", T0 + 10), 0);
    assert_int_equal(standing(tx, "s2", APR_INT64_MAX), 1);
    assert_int_equal(standing(tx, NULL, T0), 0);
    assert_int_equal(standing(tx, "s4", T0), 0);
    assert_ok(as_standing_find(tx, BOB, "s2", T0, &st));
    assert_int_equal(st.session_alive, 0);
    assert_int_equal(as_standing_find(tx, "nobody", "s2", T0, &st), APR_ENOENT);
    assert_int_equal(as_sessions_delete(tx, "s2", BOB), APR_ENOENT);
    assert_ok(as_sessions_delete(tx, "s2", ALICE.id));
    assert_int_equal(as_sessions_delete(tx, "s2", ALICE.id), APR_ENOENT);
    assert_int_equal(standing(tx, "s3", T0), 1);
    assert_ok(as_sessions_delete_all(tx, ALICE.id));
    assert_int_equal(standing(tx, "s3", T0), 0);
}

static void deleting_a_user_takes_all_along(as_tx_t *tx)
{
    static const as_stmt_t count = {
        "SELECT (SELECT count(*) FROM authsms_codes) + (SELECT count(*) FROM authsms_sessions)",
        NULL};
    as_codes_row_t code = code_of("c1", T0);
    as_session_t session = session_of("s1", 0);
    apr_interval_time_t wait;
    as_rows_t *rows;
    int deleted;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_codes_replace(tx, &code, 0, &wait));
    assert_ok(as_sessions_insert(tx, &session));
    assert_ok(as_stmt_query(tx, &count, &rows));
    assert_int_equal(as_rows_int(rows, 0, 0), 2);
    assert_ok(as_users_purge(tx, ALICE.pending_until, 10, &deleted));
    assert_int_equal(deleted, 1);
    assert_ok(as_stmt_query(tx, &count, &rows));
    assert_int_equal(as_rows_int(rows, 0, 0), 0);
}

static apr_interval_time_t hit(as_tx_t *tx, const char *key, int count, apr_time_t now)
{
    apr_interval_time_t retry_after = -1;

    assert_ok(as_limits_add_hit(tx, "login/user", key, count, 10 * SECOND, now, &retry_after));
    return retry_after;
}

static void limit_counts_in_windows(as_tx_t *tx)
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

static void limit_stops_counting_above(as_tx_t *tx)
{
    static const as_stmt_t hits = {"SELECT max(hits) FROM authsms_limits", NULL};
    as_rows_t *rows;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(hit(tx, "k", 3, T0) > 0, i >= 3);
    }
    assert_ok(as_stmt_query(tx, &hits, &rows));
    assert_int_equal(as_rows_int(rows, 0, 0), 4);
}

static int swept(as_tx_t *tx, apr_status_t (*sweep)(as_tx_t *, apr_time_t, int, int *),
                 apr_time_t now, int limit)
{
    int deleted = -1;

    assert_ok(sweep(tx, now, limit, &deleted));
    return deleted;
}

/* Of five of each, number i ends at T0 + i; the last user is verified, the last session never ends.
 */
static void make_five_of_each(as_tx_t *tx)
{
    apr_pool_t *p = as_tx_pool(tx);
    as_user_t owner = ALICE;
    apr_interval_time_t wait;

    owner.verified = 1;
    assert_ok(as_users_insert(tx, &owner, 0));
    for (int i = 0; i < 5; i++) {
        as_user_t user = ALICE;
        as_codes_row_t code = code_of(apr_itoa(p, i), 0);
        as_session_t session = session_of(apr_itoa(p, i), i == 4 ? 0 : T0 + i);

        user.id = user.username_key = apr_itoa(p, i);
        user.pending_until = T0 + i;
        user.verified = i == 4;
        code.purpose = (as_purpose_t)i;
        code.expires_at = T0 + i;
        assert_ok(as_users_insert(tx, &user, 0));
        assert_ok(as_codes_replace(tx, &code, 0, &wait));
        assert_ok(as_sessions_insert(tx, &session));
        assert_ok(as_addresses_record(tx, apr_itoa(p, i), ALICE.id, T0 + i));
        assert_int_equal(hit(tx, apr_itoa(p, i), 1, T0 + i - 10 * SECOND), 0);
    }
}

static void sweeps_take_what_is_over(as_tx_t *tx)
{
    static const struct {
        apr_status_t (*sweep)(as_tx_t *, apr_time_t, int, int *);
        int last;
    } sweeps[] = {
        {as_users_purge, 1},  {as_codes_purge, 2},     {as_sessions_purge, 1},
        {as_limits_purge, 2}, {as_addresses_purge, 2},
    };

    make_five_of_each(tx);
    for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]); i++) {
        assert_int_equal(swept(tx, sweeps[i].sweep, T0 - 1, 9), 0);
        assert_int_equal(swept(tx, sweeps[i].sweep, T0 + 2, 2), 2);
        assert_int_equal(swept(tx, sweeps[i].sweep, T0 + 2, 9), 1);
        assert_int_equal(swept(tx, sweeps[i].sweep, T0 + 9, 9), sweeps[i].last);
        assert_int_equal(swept(tx, sweeps[i].sweep, T0 + 9, 9), 0);
    }
}

static void tokens_are_ended(as_tx_t *tx)
{
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_revoke_tokens(tx, ALICE.id, T0 + 5));
    assert_int_equal(alice(tx)->valid_from, T0 + 5);
    assert_ok(as_users_revoke_tokens(tx, ALICE.id, T0 + 4));
    assert_int_equal(alice(tx)->valid_from, T0 + 5);
    assert_int_equal(alice(tx)->updated_at, ALICE.updated_at);
    assert_int_equal(as_users_revoke_tokens(tx, BOB, T0), APR_ENOENT);
}

static int known(as_tx_t *tx, const char *key, apr_time_t now)
{
    int known = -1;

    assert_ok(as_addresses_is_known(tx, key, now, &known));
    return known;
}

static void addresses_are_known_for_a_while(as_tx_t *tx)
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

static int lease(as_tx_t *tx, const char *holder, apr_time_t now)
{
    int held = -1;

    assert_ok(as_jobs_acquire_lease(tx, "sweep", holder, now, 10 * SECOND, &held));
    return held;
}

static void one_server_holds_a_job(as_tx_t *tx)
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

#define BODY(f)                                                                                    \
    static void store_##f(store_t *s)                                                              \
    {                                                                                              \
        in_unit(s, f);                                                                             \
    }

BODY(user_is_kept_whole)
BODY(name_is_held_while_pending)
BODY(dearest_hash_is_found_with_a_name)
BODY(pending_account_registers_again)
BODY(user_is_verified_once)
BODY(login_is_noted)
BODY(code_is_kept_whole)
BODY(code_waits_before_a_resend)
BODY(code_that_was_not_sent_may_be_resent)
BODY(code_is_tried_and_spent)
BODY(newer_code_ends_the_older)
BODY(sessions_live_and_end)
BODY(deleting_a_user_takes_all_along)
BODY(limit_counts_in_windows)
BODY(limit_stops_counting_above)
BODY(sweeps_take_what_is_over)
BODY(tokens_are_ended)
BODY(addresses_are_known_for_a_while)
BODY(one_server_holds_a_job)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_user_is_kept_whole),
        CASE(store_name_is_held_while_pending),
        CASE(store_dearest_hash_is_found_with_a_name),
        CASE(store_pending_account_registers_again),
        CASE(store_user_is_verified_once),
        CASE(store_login_is_noted),
        CASE(store_code_is_kept_whole),
        CASE(store_code_waits_before_a_resend),
        CASE(store_code_that_was_not_sent_may_be_resent),
        CASE(store_code_is_tried_and_spent),
        CASE(store_newer_code_ends_the_older),
        CASE(store_sessions_live_and_end),
        CASE(store_deleting_a_user_takes_all_along),
        CASE(store_limit_counts_in_windows),
        CASE(store_limit_stops_counting_above),
        CASE(store_sweeps_take_what_is_over),
        CASE(store_tokens_are_ended),
        CASE(store_addresses_are_known_for_a_while),
        CASE(store_one_server_holds_a_job),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
