/* SPDX-License-Identifier: Apache-2.0 */
/* Invitations, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "account/invitation.h"
#include "store/invitations.h"

static as_invitation_t invitation_of(const char *id, int uses, const char *mobile)
{
    return (as_invitation_t){.id = id,
                             .digest = id,
                             .uses = uses,
                             .roles = "editor,staff",
                             .mobile = mobile,
                             .created_at = T0,
                             .expires_at = T0 + 10};
}

static void invitations_are_used_as_often_as_allowed(as_tx_t *tx)
{
    as_invitation_t twice = invitation_of("i2", 2, NULL), one = invitation_of("i1", 1, "+44123");
    as_invitation_t *found = NULL;
    apr_array_header_t *all;
    int deleted;

    assert_ok(as_invitations_insert(tx, &twice));
    assert_ok(as_invitations_insert(tx, &one));
    assert_ok(as_invitations_find(tx, "i2", T0, &found));
    assert_int_equal(found->uses, 2);
    assert_string_equal(found->roles, "editor,staff");
    assert_null(found->mobile);
    assert_int_equal(as_invitations_find(tx, "none", T0, &found), APR_ENOENT);
    assert_int_equal(as_invitations_find(tx, "i2", T0 + 10, &found), APR_ENOENT);
    assert_int_equal(as_invitations_use(tx, "i2", "+44123", T0 + 10, &found), APR_ENOENT);
    assert_ok(as_invitations_use(tx, "i2", "+44123", T0 + 9, &found));
    assert_ok(as_invitations_use(tx, "i2", "+44124", T0, &found));
    assert_int_equal(found->uses, 0);
    assert_int_equal(as_invitations_use(tx, "i2", "+44124", T0, &found), APR_ENOENT);
    assert_int_equal(as_invitations_find(tx, "i2", T0, &found), APR_ENOENT);
    assert_int_equal(as_invitations_use(tx, "i1", "+44124", T0, &found), APR_ENOENT);
    assert_ok(as_invitations_use(tx, "i1", "+44123", T0, &found));
    assert_string_equal(found->mobile, "+44123");
    assert_ok(as_invitations_list(tx, 10, &all));
    assert_int_equal(all->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(all, 0, as_invitation_t *)->id, "i1");
    assert_ok(as_invitations_list(tx, 1, &all));
    assert_int_equal(all->nelts, 1);
    assert_ok(as_invitations_delete(tx, "i1"));
    assert_int_equal(as_invitations_delete(tx, "i1"), APR_ENOENT);
    assert_ok(as_invitations_purge(tx, T0 + 9, 10, &deleted));
    assert_int_equal(deleted, 0);
    assert_ok(as_invitations_purge(tx, T0 + 10, 10, &deleted));
    assert_int_equal(deleted, 1);
}

IN_UNIT(invitations_are_used_as_often_as_allowed)

static apr_status_t insert_three_uses(as_tx_t *tx, void *baton)
{
    as_invitation_t three = invitation_of("i3", 3, NULL);

    (void)baton;
    return as_invitations_insert(tx, &three);
}

static apr_status_t use(as_tx_t *tx, void *baton)
{
    as_invitation_t *used;

    (void)baton;
    return as_invitations_use(tx, "i3", "+44123", T0, &used);
}

static apr_status_t use_once(store_t *s, apr_pool_t *p)
{
    return as_db_write(s->db, p, use, NULL);
}

static void uses_are_exact_in_a_race(store_t *s)
{
    int other;

    assert_ok(as_db_write(s->db, s->pool, insert_three_uses, NULL));
    assert_int_equal(store_race(s, 12, use_once, APR_ENOENT, &other), 3);
    assert_int_equal(other, 0);
}

static void codes_are_random_and_hashed(store_t *s)
{
    const char *a, *b, *digest, *other;

    assert_ok(as_invitation_generate(s->pool, &a));
    assert_ok(as_invitation_generate(s->pool, &b));
    assert_int_equal(strlen(a), 32); /* 192 bits */
    assert_string_not_equal(a, b);
    assert_ok(as_invitation_hash(s->pool, a, &digest));
    assert_ok(as_invitation_hash(s->pool, b, &other));
    assert_string_not_equal(digest, other);
    assert_null(strstr(digest, a));
    assert_ok(as_invitation_hash(s->pool, "code", &digest));
    /* HMAC-SHA-256 by another implementation: authsmsctl and module agree for ever. */
    assert_string_equal(digest, "ploTWNeOE6zLCwCgmA-qoGAT7wJdn-7vOWKASVlLbGY");
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_invitations_are_used_as_often_as_allowed),
        CASE(uses_are_exact_in_a_race),
        CASE_ON(codes_are_random_and_hashed, SQLITE),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
