/* SPDX-License-Identifier: Apache-2.0 */
/* Roles of accounts, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>

#include "store/roles.h"
#include "store/standing.h"

static const char NAME_64[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

static void names_are_bounded(store_t *s)
{
    static const char *const good[] = {"a",    "A", "0", "_", ".", ":", "-", "org:team.lead-1",
                                       NAME_64};
    static const char *const bad[] = {"",    " ",    "a b", "a,b", "a\n", "\xc3\xab", "a\x7f",
                                      "a'b", "a\"b", "a;b", "a/b", "[a]", "a\\"};

    (void)s;
    assert_int_equal(strlen(NAME_64), AS_ROLE_MAX_BYTES);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(as_roles_is_name(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(as_roles_is_name(bad[i]));
    }
    assert_false(
        as_roles_is_name("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"));
    assert_false(as_roles_is_name_n("a\0b", 3));
}

static void a_list_contains_whole_names_only(store_t *s)
{
    (void)s;
    assert_true(as_roles_contains("admin", "admin"));
    assert_true(as_roles_contains("a,admin,b", "admin"));
    assert_true(as_roles_contains("a,b,admin", "admin"));
    assert_false(as_roles_contains("admins", "admin"));
    assert_false(as_roles_contains("sadmin,x", "admin"));
    assert_false(as_roles_contains("Admin", "admin"));
    assert_false(as_roles_contains("a,b", "a,b"));
    assert_false(as_roles_contains(NULL, "admin"));
}

static const char *roles_of(as_tx_t *tx, const char *id)
{
    const char *roles = "?";

    assert_ok(as_roles_find(tx, id, &roles));
    return roles;
}

static void roles_are_added_and_removed(as_tx_t *tx)
{
    as_session_t session = session_of("s1", 0), other = session_of("s2", 0);
    as_session_t *found;
    as_standing_t st;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_null(roles_of(tx, ALICE.id));
    assert_ok(as_sessions_insert(tx, &session));
    assert_null(session.roles);
    assert_ok(as_standing_find(tx, ALICE.id, "s1", T0, &st));
    assert_null(st.roles);
    assert_ok(as_roles_add(tx, ALICE.id, "staff"));
    assert_ok(as_roles_add(tx, ALICE.id, "Zeta"));
    assert_ok(as_roles_add(tx, ALICE.id, "a:b.c-d_e"));
    assert_ok(as_roles_add(tx, ALICE.id, "staff"));
    assert_string_equal(roles_of(tx, ALICE.id), "Zeta,a:b.c-d_e,staff");
    assert_ok(as_standing_find(tx, ALICE.id, "s1", T0, &st));
    assert_string_equal(st.roles, "Zeta,a:b.c-d_e,staff");
    assert_int_equal(st.session_alive, 1);
    assert_ok(as_sessions_insert(tx, &other));
    assert_string_equal(other.roles, "Zeta,a:b.c-d_e,staff");
    assert_ok(as_sessions_find(tx, "s1", &found));
    assert_string_equal(found->roles, "Zeta,a:b.c-d_e,staff");
    assert_ok(as_roles_remove(tx, ALICE.id, "Zeta"));
    assert_int_equal(as_roles_remove(tx, ALICE.id, "Zeta"), APR_ENOENT);
    assert_string_equal(roles_of(tx, ALICE.id), "a:b.c-d_e,staff");
    assert_null(roles_of(tx, BOB));
}

static void an_account_has_at_most_32_roles(as_tx_t *tx)
{
    assert_ok(as_users_insert(tx, &ALICE, T0));
    for (int i = 0; i < AS_ROLES_MAX; i++) {
        assert_ok(as_roles_add(tx, ALICE.id, apr_psprintf(as_tx_pool(tx), "r%02d", i)));
    }
    assert_ok(as_roles_add(tx, ALICE.id, "r00"));
    assert_int_equal(as_roles_add(tx, ALICE.id, "r32"), APR_ENOSPC);
    /* A token with more would not fit into a header field. */
    assert_false(as_roles_contains(roles_of(tx, ALICE.id), "r32"));
    assert_true(as_roles_contains(roles_of(tx, ALICE.id), "r31"));
}

IN_UNIT(roles_are_added_and_removed)
IN_UNIT(an_account_has_at_most_32_roles)

static apr_status_t add_bad(as_tx_t *tx, void *baton)
{
    assert_int_not_equal(as_roles_add(tx, ALICE.id, baton), APR_SUCCESS);
    return APR_EINVAL;
}

static apr_status_t delete_alice(as_tx_t *tx, void *baton)
{
    int deleted;

    assert_ok(as_roles_add(tx, ALICE.id, "staff"));
    assert_ok(as_users_purge(tx, ALICE.pending_until, 10, &deleted));
    *(const char **)baton = roles_of(tx, ALICE.id);
    return APR_SUCCESS;
}

static apr_status_t add_to_nobody(as_tx_t *tx, void *baton)
{
    *(apr_status_t *)baton = as_roles_add(tx, BOB, "staff");
    return APR_EINVAL;
}

static void bad_names_and_accounts(store_t *s)
{
    static char bad[][8] = {"a,b", "", "a b", "a\n", "\xc3\xab"};
    apr_status_t rv = APR_SUCCESS;
    const char *roles = "?";

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        as_db_write(s->db, s->pool, add_bad, bad[i]);
    }
    as_db_write(s->db, s->pool, add_to_nobody, &rv);
    assert_int_equal(rv, APR_ENOENT);
    assert_ok(as_db_write(s->db, s->pool, delete_alice, &roles));
    assert_null(roles);
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE_ON(names_are_bounded, SQLITE),
        CASE_ON(a_list_contains_whole_names_only, SQLITE),
        CASE(store_roles_are_added_and_removed),
        CASE(store_an_account_has_at_most_32_roles),
        CASE(bad_names_and_accounts),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
