/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "store/sessions.h"
#include "store/standing.h"

static int standing(as_tx_t *tx, const char *sid, apr_time_t now)
{
    as_standing_t st = {NULL, -1};

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

IN_UNIT(sessions_are_created_and_ended)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_sessions_are_created_and_ended),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
