/* SPDX-License-Identifier: Apache-2.0 */
/* Verification codes, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <stdatomic.h>

#include "base/clock.h"

static as_codes_attempt_t try_code(as_tx_t *tx, int attempts, apr_time_t now, as_codes_row_t **code)
{
    as_codes_attempt_t outcome = AS_ATTEMPT_NO_CODE;

    assert_ok(
        as_codes_count_attempt(tx, ALICE.id, AS_PURPOSE_REGISTER, attempts, now, &outcome, code));
    return outcome;
}

static void code_is_stored_with_all_columns(as_tx_t *tx)
{
    as_codes_row_t code = code_of("c1", T0), *found = NULL;
    apr_interval_time_t wait = 0;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    code.ref = "VE1";
    code.network = "network";
    assert_ok(as_codes_replace(tx, &code, 0, &wait));
    assert_int_equal(try_code(tx, 5, T0, &found), AS_ATTEMPT_COUNTED);
    assert_string_equal(found->id, "c1");
    assert_string_equal(found->user_id, ALICE.id);
    assert_int_equal(found->purpose, AS_PURPOSE_REGISTER);
    assert_string_equal(found->mobile, ALICE.mobile);
    assert_string_equal(found->digest, "digest");
    assert_string_equal(found->ref, "VE1");
    assert_string_equal(found->network, "network");
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

static void unsent_code_can_be_replaced_at_once(as_tx_t *tx)
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

static void code_is_checked_and_consumed(as_tx_t *tx)
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

static void newer_code_replaces_the_older(as_tx_t *tx)
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

IN_UNIT(code_is_stored_with_all_columns)
IN_UNIT(code_waits_before_a_resend)
IN_UNIT(unsent_code_can_be_replaced_at_once)
IN_UNIT(code_is_checked_and_consumed)
IN_UNIT(newer_code_replaces_the_older)

static apr_status_t work_spend(as_tx_t *tx, void *baton)
{
    (void)baton;
    return as_codes_consume(tx, "c1");
}

static apr_status_t one_spend(store_t *s, apr_pool_t *p)
{
    return as_db_write(s->db, p, work_spend, NULL);
}

static void only_one_thread_consumes_a_code(store_t *s)
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

static void threads_share_the_attempt_limit(store_t *s)
{
    int other;

    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    assert_int_equal(store_race(s, 50, one_try, APR_EACCES, &other), 5);
    assert_int_equal(other, 0);
}

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

static void attempt_is_refunded(store_t *s)
{
    assert_ok(as_db_write(s->db, s->pool, take_attempts_back, NULL));
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_code_is_stored_with_all_columns),     CASE(store_code_waits_before_a_resend),
        CASE(store_unsent_code_can_be_replaced_at_once), CASE(store_code_is_checked_and_consumed),
        CASE(store_newer_code_replaces_the_older),       CASE(only_one_thread_consumes_a_code),
        CASE(threads_share_the_attempt_limit),           CASE(attempt_is_refunded),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
