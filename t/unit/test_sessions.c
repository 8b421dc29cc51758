/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, on both databases. */
#include <apr_strings.h>

#include "store_samples.h"
#include "store_support.h"

#include "store/sessions.h"
#include "store/standing.h"

static int standing(as_tx_t *tx, const char *sid, apr_time_t now)
{
    as_standing_t st = {NULL, -1, NULL};

    assert_ok(as_standing_find(tx, ALICE.id, sid, now, &st));
    assert_same_user(st.user, &ALICE);
    return st.session_alive;
}

static void sessions_are_created_and_ended(as_tx_t *tx)
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

/* The next token of a session, whose lifetime is 100 s. */
static as_sessions_rotation_t rotation_of(const char *sid, const char *spent, const char *successor,
                                          apr_time_t now)
{
    return (as_sessions_rotation_t){.sid = sid,
                                    .spent = spent,
                                    .successor = successor,
                                    .now = now,
                                    .lifetime = 100 * SECOND,
                                    .earliest_end = now + SECOND,
                                    .latest_end = APR_INT64_MAX,
                                    .require_verified = 0};
}

/* Returns the end of the session, or -1: refused. */
static apr_time_t rotate(as_tx_t *tx, as_sessions_rotation_t rotation)
{
    as_session_t *session;
    apr_status_t rv = as_sessions_rotate(tx, &rotation, &session);

    if (rv != APR_SUCCESS) {
        assert_int_equal(rv, APR_ENOENT);
        return -1;
    }
    assert_string_equal(session->sid, rotation.sid);
    assert_string_equal(session->user_id, ALICE.id);
    assert_string_equal(session->refresh, rotation.successor);
    assert_string_equal(session->refresh_spent, rotation.spent);
    assert_int_equal(session->refreshed_at, rotation.now);
    assert_int_equal(session->used_at, rotation.now);
    assert_int_equal(session->created_at, T0);
    assert_string_equal(session->amr, "pwd");
    assert_int_equal(session->auth_time, T0);
    return session->expires_at;
}

static void insert_session(as_tx_t *tx, const char *sid, apr_time_t expires_at)
{
    as_session_t session = session_of(sid, expires_at);

    assert_ok(as_sessions_insert(tx, &session));
}

static void tokens_are_rotated(as_tx_t *tx)
{
    as_session_t *session;
    as_session_t bare = session_of("s2", 0);

    bare.refresh = NULL;
    assert_ok(as_users_insert(tx, &ALICE, T0));
    insert_session(tx, "s1", T0 + 200 * SECOND);
    assert_ok(as_sessions_insert(tx, &bare));
    assert_int_equal(rotate(tx, rotation_of("s1", "first", "second", T0 + 5)), T0 + 100 * SECOND);
    assert_int_equal(rotate(tx, rotation_of("s1", "first", "second", T0 + 5)), -1);
    assert_int_equal(rotate(tx, rotation_of("s1", "other", "third", T0 + 5)), -1);
    assert_int_equal(rotate(tx, rotation_of("s1", "second", "third", T0 + 6)), T0 + 100 * SECOND);
    assert_int_equal(rotate(tx, rotation_of("s2", "first", "second", T0 + 5)), -1);
    assert_int_equal(rotate(tx, rotation_of("s3", "first", "second", T0 + 5)), -1);
    assert_ok(as_sessions_find(tx, "s1", &session));
    assert_string_equal(session->refresh, "third");
    assert_string_equal(session->refresh_spent, "second");
    assert_ok(as_sessions_find(tx, "s2", &session));
    assert_null(session->refresh);
    assert_null(session->refresh_spent);
    assert_int_equal(session->refreshed_at, 0);
    assert_int_equal(as_sessions_find(tx, "s3", &session), APR_ENOENT);
}

static void rotations_move_the_end(as_tx_t *tx)
{
    as_sessions_rotation_t r = rotation_of("s1", "first", "first", T0 + 95 * SECOND);

    assert_ok(as_users_insert(tx, &ALICE, T0));
    insert_session(tx, "s1", 0);
    /* Not before the access token. */
    r.earliest_end = T0 + 105 * SECOND;
    assert_int_equal(rotate(tx, r), T0 + 105 * SECOND);
    /* An idle session. */
    r.latest_end = r.earliest_end = T0 + 97 * SECOND;
    assert_int_equal(rotate(tx, r), T0 + 97 * SECOND);
    r.earliest_end = T0 + 96 * SECOND;
    assert_int_equal(rotate(tx, r), T0 + 97 * SECOND);
    r.latest_end = T0 + 200 * SECOND;
    assert_int_equal(rotate(tx, r), T0 + 100 * SECOND);
    r.earliest_end = r.latest_end = 0;
    assert_int_equal(rotate(tx, r), 0);
    /* The login's lifetime is over, though the session lives. */
    r.now = T0 + 100 * SECOND - 1;
    assert_int_equal(rotate(tx, r), 0);
    r.now++;
    assert_int_equal(rotate(tx, r), -1);
    /* A clock that was set back. */
    r.now = T0 - 1000 * SECOND;
    assert_int_equal(rotate(tx, r), 0);
    insert_session(tx, "s2", T0 + 10);
    r = rotation_of("s2", "first", "second", T0 + 10);
    assert_int_equal(rotate(tx, r), -1);
    r.now--;
    assert_int_equal(rotate(tx, r), T0 + 100 * SECOND);
}

typedef struct one_case_t {
    const char *sid;
    int require_verified;
    int is_rotated;
} one_case_t;

static apr_status_t insert_one(as_tx_t *tx, void *baton)
{
    const one_case_t *c = baton;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    insert_session(tx, c->sid, 0);
    return APR_SUCCESS;
}

static apr_status_t rotate_one(as_tx_t *tx, void *baton)
{
    one_case_t *c = baton;
    as_sessions_rotation_t r = rotation_of(c->sid, "first", "second", T0);

    r.require_verified = c->require_verified;
    c->is_rotated = rotate(tx, r) != -1;
    return APR_SUCCESS;
}

static apr_status_t rotate_or_fail(as_tx_t *tx, void *baton)
{
    apr_status_t rv = rotate_one(tx, baton);

    return rv == APR_SUCCESS && !((one_case_t *)baton)->is_rotated ? APR_ENOENT : rv;
}

static apr_status_t rotate_in_race(store_t *s, apr_pool_t *p)
{
    one_case_t c = {"s1", 0, 0};

    return as_db_write(s->db, p, rotate_or_fail, &c);
}

static void only_usable_accounts_rotate(store_t *s)
{
    static const struct {
        const char *set;
        int require_verified;
        int is_rotated;
    } cases[] = {{"verified = 0, locked = 0", 0, 1},
                 {"verified = 0, locked = 0", 1, 0},
                 {"verified = 1, locked = 0", 1, 1},
                 {"verified = 1, locked = 1", 1, 0},
                 {"verified = 1, locked = 1", 0, 0}};

    for (apr_size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        one_case_t c = {apr_psprintf(s->pool, "s%d", (int)i), cases[i].require_verified, 0};

        store_do(s->db, s->pool, "DELETE FROM authsms_users");
        assert_ok(as_db_write(s->db, s->pool, insert_one, &c));
        store_do(s->db, s->pool,
                 apr_pstrcat(s->pool, "UPDATE authsms_users SET ", cases[i].set, NULL));
        assert_ok(as_db_write(s->db, s->pool, rotate_one, &c));
        assert_int_equal(c.is_rotated, cases[i].is_rotated);
    }
}

/* Thirty threads with one token: it has one successor. */
static void one_of_many_rotates(store_t *s)
{
    one_case_t c = {"s1", 0, 0};
    int other;

    assert_ok(as_db_write(s->db, s->pool, insert_one, &c));
    assert_int_equal(store_race(s, 30, rotate_in_race, APR_ENOENT, &other), 1);
    assert_int_equal(other, 0);
}

static void sessions_are_listed(as_tx_t *tx)
{
    apr_array_header_t *list;
    as_user_t bob = ALICE;
    as_session_t other = session_of("s5", 0);

    bob.id = bob.username_key = other.user_id = BOB;
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_insert(tx, &bob, T0));
    insert_session(tx, "s1", 0);
    insert_session(tx, "s2", T0 + 50);
    insert_session(tx, "s3", T0 + 51);
    assert_ok(as_sessions_insert(tx, &other));
    rotate(tx, rotation_of("s1", "first", "second", T0 + 1));
    assert_ok(as_sessions_list(tx, ALICE.id, T0 + 50, 10, &list));
    assert_int_equal(list->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(list, 0, as_session_t).sid, "s1");
    assert_string_equal(APR_ARRAY_IDX(list, 1, as_session_t).sid, "s3");
    assert_string_equal(APR_ARRAY_IDX(list, 1, as_session_t).agent, "agent ☎");
    assert_ok(as_sessions_list(tx, ALICE.id, T0, 2, &list));
    assert_int_equal(list->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(list, 1, as_session_t).sid, "s3");
    assert_ok(as_sessions_list(tx, "nobody", T0, 2, &list));
    assert_int_equal(list->nelts, 0);
}

static void further_proof_is_stored(as_tx_t *tx)
{
    as_session_t *session = NULL;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    insert_session(tx, "s1", T0 + 50);
    insert_session(tx, "s2", 0);
    assert_ok(as_sessions_confirm(tx, "s1", "pwd sms mfa", T0 + 9, T0 + 40));
    assert_ok(as_sessions_find(tx, "s1", &session));
    assert_string_equal(session->amr, "pwd sms mfa");
    assert_int_equal(session->auth_time, T0 + 9);
    assert_int_equal(session->expires_at, T0 + 50);
    assert_ok(as_sessions_confirm(tx, "s1", "pwd", T0 + 9, T0 + 60));
    assert_ok(as_sessions_find(tx, "s1", &session));
    assert_int_equal(session->expires_at, T0 + 60);
    assert_ok(as_sessions_confirm(tx, "s2", "pwd", T0 + 9, T0 + 60));
    assert_ok(as_sessions_find(tx, "s2", &session));
    assert_int_equal(session->expires_at, 0);
    assert_int_equal(as_sessions_confirm(tx, "s3", "pwd", T0, T0), APR_ENOENT);
}

IN_UNIT(sessions_are_created_and_ended)
IN_UNIT(further_proof_is_stored)
IN_UNIT(tokens_are_rotated)
IN_UNIT(rotations_move_the_end)
IN_UNIT(sessions_are_listed)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_sessions_are_created_and_ended),
        CASE(store_further_proof_is_stored),
        CASE(store_tokens_are_rotated),
        CASE(store_rotations_move_the_end),
        CASE(only_usable_accounts_rotate),
        CASE(one_of_many_rotates),
        CASE(store_sessions_are_listed),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
