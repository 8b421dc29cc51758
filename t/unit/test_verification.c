/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a registration, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include "store/outbox.h"
#include "store/verification.h"

static const as_outbox_text_t TEXT = {
    .id = "t1",
    .user_id = "01900000-0000-7000-8000-00000000000a",
    .site = "site",
    .kind = "code",
    .code_id = "c1",
    .mobile = "+442079460000",
    .body = "encrypted",
    .created_at = 1,
    .expires_at = APR_INT64_MAX,
};

static int count(as_tx_t *tx, const as_stmt_t *stmt)
{
    as_rows_t *rows;

    assert_ok(as_stmt_query(tx, stmt, &rows));
    return (int)as_rows_int(rows, 0, 0);
}

static const as_stmt_t codes = {"SELECT count(*) FROM authsms_codes", NULL};
static const as_stmt_t superseded = {
    "SELECT count(*) FROM authsms_outbox WHERE error = 'superseded' AND body IS NULL", NULL};

static apr_status_t complete(as_tx_t *tx, const char *mobile, const char *code_id)
{
    return as_verification_complete(tx, ALICE.id, mobile, code_id, "code", T0 + 7);
}

static void account_code_and_text_change_together(as_tx_t *tx)
{
    as_user_t *user = NULL;

    assert_ok(make_alice_and_a_code(tx, NULL));
    assert_ok(as_outbox_insert(tx, &TEXT, AS_OUTBOX_QUEUED));
    assert_ok(complete(tx, ALICE.mobile, "c1"));
    assert_ok(as_users_find_by_id(tx, ALICE.id, &user));
    assert_int_equal(user->verified, 1);
    assert_int_equal(user->proved_at, T0 + 7);
    assert_int_equal(user->updated_at, T0 + 7);
    assert_int_equal(count(tx, &codes), 0);
    assert_int_equal(count(tx, &superseded), 1);
    assert_int_equal(complete(tx, ALICE.mobile, "c1"), APR_ENOENT);
}

static void another_number_or_code_is_refused(as_tx_t *tx)
{
    assert_ok(make_alice_and_a_code(tx, NULL));
    assert_int_equal(complete(tx, "+442079460001", "c1"), APR_ENOENT);
    assert_int_equal(count(tx, &codes), 1);
    assert_int_equal(complete(tx, ALICE.mobile, "c2"), APR_ENOENT);
}

IN_UNIT(account_code_and_text_change_together)
IN_UNIT(another_number_or_code_is_refused)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_account_code_and_text_change_together),
        CASE(store_another_number_or_code_is_refused),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
