/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "base/uuid.h"
#include "store/addresses.h"
#include "store/sessions.h"

static as_user_t *alice(as_tx_t *tx)
{
    as_user_t *user = NULL;

    assert_ok(as_users_find_by_id(tx, ALICE.id, &user));
    return user;
}

static void user_is_stored_with_all_columns(as_tx_t *tx)
{
    as_user_t full = ALICE, *user = NULL;

    full.remote_id = "12345";
    full.verified = full.locked = 1;
    full.last_login = 1;
    full.valid_from = APR_INT64_MAX;
    full.proved_at = 2;
    full.sms_factor = 1;
    assert_ok(as_users_insert(tx, &full, T0));
    assert_ok(as_users_find_by_id(tx, full.id, &user));
    assert_same_user(user, &full);
    assert_ok(as_users_find_by_name(tx, full.username_key, T0, &user));
    assert_same_user(user, &full);
    assert_int_equal(as_users_find_by_id(tx, BOB, &user), APR_ENOENT);
    assert_int_equal(as_users_find_by_name(tx, "alice", T0, &user), APR_ENOENT);
}

static void pending_name_is_reserved(as_tx_t *tx)
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

#define BCRYPT(prefix) prefix "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
#define ARGON2(parameters)                                                                         \
    "$argon2id$v=19$" parameters "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQw"

static void assert_highest(as_tx_t *tx, const char *username_key, const as_user_t *expected,
                           int bcrypt_cost, const char *argon2)
{
    as_stored_hashes_t highest = {-1, "x"};
    as_user_t *user = NULL;

    assert_ok(as_users_find_for_password(tx, username_key, T0, &user, &highest));
    if (expected) {
        assert_same_user(user, expected);
    } else {
        assert_null(user);
    }
    assert_int_equal(highest.bcrypt_cost, bcrypt_cost);
    if (!argon2) {
        assert_null(highest.argon2);
    } else {
        assert_non_null(highest.argon2);
        assert_int_equal(strncmp(highest.argon2, argon2, strlen(argon2)), 0);
    }
}

static void most_expensive_hashes_are_read_with_a_name(as_tx_t *tx)
{
    /* argon2: once the hash is in the table too */
    static const struct {
        const char *hash;
        int bcrypt_cost;
        const char *argon2;
    } steps[] = {
        {"*", 0, NULL},
        {BCRYPT("$2y$17$"), 0, NULL},
        {BCRYPT("$2y$03$"), 0, NULL},
        {BCRYPT("$2x$12$"), 0, NULL},
        {ARGON2("m=262145,t=1,p=1"), 0, NULL},
        {ARGON2("m=19456,t=54,p=1"), 0, NULL},
        {ARGON2("m=99999999999999999999,t=1,p=1"), 0, NULL},
        {ARGON2("m=19456,t=99999999999999999999,p=1"), 0, NULL},
        {ARGON2("m=64,t=9999,p=1"), 0, NULL},
        {ARGON2("m=0,t=1,p=1"), 0, NULL},
        {ARGON2("m=-1,t=-1,p=1"), 0, NULL},
        {ARGON2("m=,t=,p="), 0, NULL},
        {ARGON2("t=9,m=19456,p=1"), 0, NULL},
        {"$argon2id$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQw", 0, NULL},
        {"$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQw", 0, NULL},
        {BCRYPT("$2b$09$"), 9, NULL},
        {BCRYPT("$2y$10$"), 10, NULL},
        {BCRYPT("$2a$04$"), 10, NULL},
        {BCRYPT("$2y$zz$"), 10, NULL},
        {ARGON2("m=7168,t=5,p=1"), 10, "$argon2id$v=19$m=7168,t=5,p=1$"},
        {ARGON2("m=19456,t=2,p=1"), 10, "$argon2id$v=19$m=19456,t=2,p=1$"},
        {ARGON2("m=9216,t=4,p=16"), 10, "$argon2id$v=19$m=19456,t=2,p=1$"},
        {ARGON2("m=128,t=8192,p=16"), 10, "$argon2id$v=19$m=128,t=8192,p=16$"},
        {ARGON2("m=262144,t=4,p=10"), 10, "$argon2id$v=19$m=262144,t=4,p=10$"},
        {BCRYPT("$2a$16$"), 16, "$argon2id$v=19$m=262144,t=4,p=10$"},
    };
    as_user_t account = ALICE, *user = NULL;
    as_stored_hashes_t highest;

    assert_highest(tx, ALICE.username_key, NULL, 0, NULL);
    assert_ok(as_users_insert(tx, &ALICE, T0));
    for (apr_size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        account.id = apr_psprintf(as_tx_pool(tx), "01900000-0000-7000-8000-0000000001%02d", (int)i);
        account.username_key = apr_psprintf(as_tx_pool(tx), "account%d", (int)i);
        account.password = steps[i].hash;
        assert_ok(as_users_insert(tx, &account, T0));
        assert_highest(tx, ALICE.username_key, &ALICE, steps[i].bcrypt_cost, steps[i].argon2);
        assert_highest(tx, "nobody", NULL, steps[i].bcrypt_cost, steps[i].argon2);
    }
    assert_ok(
        as_users_find_for_password(tx, ALICE.username_key, ALICE.pending_until, &user, &highest));
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

static void login_time_is_stored(as_tx_t *tx)
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

static void deleting_a_user_deletes_its_rows(as_tx_t *tx)
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

static void tokens_are_invalidated(as_tx_t *tx)
{
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_revoke_tokens(tx, ALICE.id, T0 + 5));
    assert_int_equal(alice(tx)->valid_from, T0 + 5);
    assert_ok(as_users_revoke_tokens(tx, ALICE.id, T0 + 4));
    assert_int_equal(alice(tx)->valid_from, T0 + 5);
    assert_int_equal(alice(tx)->updated_at, ALICE.updated_at);
    assert_int_equal(as_users_revoke_tokens(tx, BOB, T0), APR_ENOENT);
}

static const char *texted_id(as_tx_t *tx, const char *key, const char *number)
{
    as_user_t user = {.id = "unset"};

    assert_ok(as_users_find_for_code(tx, key, number, T0, &user));
    return user.id;
}

static void user_is_found_for_a_code(as_tx_t *tx)
{
    as_user_t able = ALICE, by_number = ALICE, user = {.id = NULL};

    able.verified = 1;
    able.proved_at = 1;
    by_number = able;
    by_number.id = BOB;
    by_number.username_key = "+447700900123";
    assert_null(texted_id(tx, able.username_key, able.username_key));
    assert_ok(as_users_insert(tx, &able, T0));
    assert_ok(as_users_insert(tx, &by_number, T0));
    assert_string_equal(texted_id(tx, able.username_key, able.username_key), able.id);
    assert_string_equal(texted_id(tx, "07700900123", "+447700900123"), BOB);
    assert_string_equal(texted_id(tx, able.username_key, "+447700900123"), able.id);
    assert_ok(as_users_find_for_code_by_id(tx, able.id, &user));
    assert_string_equal(user.mobile, able.mobile);
    assert_string_equal(user.username_key, able.username_key);
    for (int i = 0; i < 4; i++) {
        static const char *const changes[] = {"locked = 1", "proved_at = 0", "mobile = ''",
                                              "verified = 0"};
        const char *update = apr_pstrcat(as_tx_pool(tx), "UPDATE authsms_users SET ", changes[i],
                                         " WHERE id = '", able.id, "'", NULL);

        assert_ok(as_stmt_run_text(tx, update));
        /* Also where another account has the number that the name is. */
        assert_null(texted_id(tx, able.username_key, "+447700900123"));
        assert_ok(as_users_find_for_code_by_id(tx, able.id, &user));
        assert_null(user.id);
        assert_ok(as_stmt_run_text(tx, "UPDATE authsms_users SET locked = 0, verified = 1,"
                                       " proved_at = 1, mobile = '+442079460000'"));
    }
}

static void sms_factor_needs_a_proven_number(as_tx_t *tx)
{
    int changed = -1;

    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_int_equal(as_users_set_sms_factor(tx, ALICE.id, 1, T0, &changed), APR_ENOENT);
    assert_ok(as_users_set_sms_factor(tx, ALICE.id, 0, T0, &changed));
    assert_int_equal(changed, 0);
    assert_ok(as_users_verify(tx, ALICE.id, ALICE.mobile, T0));
    assert_ok(as_users_set_sms_factor(tx, ALICE.id, 1, T0 + 1, &changed));
    assert_int_equal(changed, 1);
    assert_int_equal(alice(tx)->sms_factor, 1);
    assert_int_equal(alice(tx)->updated_at, T0 + 1);
    assert_ok(as_users_set_sms_factor(tx, ALICE.id, 1, T0 + 2, &changed));
    assert_int_equal(changed, 0);
    assert_ok(as_users_set_sms_factor(tx, ALICE.id, 0, T0 + 3, &changed));
    assert_int_equal(alice(tx)->sms_factor, 0);
    assert_int_equal(as_users_set_sms_factor(tx, BOB, 0, T0, &changed), APR_ENOENT);
}

static void hash_is_renewed_if_unchanged(as_tx_t *tx)
{
    assert_ok(as_users_insert(tx, &ALICE, T0));
    assert_ok(as_users_renew_hash(tx, ALICE.id, "other", "new"));
    assert_string_equal(alice(tx)->password, ALICE.password);
    assert_ok(as_users_renew_hash(tx, ALICE.id, ALICE.password, "new"));
    assert_string_equal(alice(tx)->password, "new");
    assert_int_equal(as_users_renew_hash(tx, BOB, "new", "newer"), APR_ENOENT);
}

IN_UNIT(user_is_found_for_a_code)
IN_UNIT(sms_factor_needs_a_proven_number)
IN_UNIT(hash_is_renewed_if_unchanged)
IN_UNIT(user_is_stored_with_all_columns)
IN_UNIT(pending_name_is_reserved)
IN_UNIT(most_expensive_hashes_are_read_with_a_name)
IN_UNIT(pending_account_registers_again)
IN_UNIT(user_is_verified_once)
IN_UNIT(login_time_is_stored)
IN_UNIT(deleting_a_user_deletes_its_rows)
IN_UNIT(tokens_are_invalidated)

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

/* Each round, the previous winner has expired. */
static void only_one_parallel_registration_succeeds(store_t *s)
{
    int other;

    for (registration_round = 1; registration_round < 4; registration_round++) {
        assert_int_equal(store_race(s, 16, one_registration, APR_EEXIST, &other), 1);
        assert_int_equal(other, 0);
        assert_int_equal(store_number(s->db, s->pool, "SELECT count(*) FROM authsms_users"), 1);
    }
}

static apr_status_t work_purge(as_tx_t *tx, void *baton)
{
    return as_users_purge(tx, ALICE.pending_until, 10, baton);
}

static apr_status_t work_prevent_deletion(as_tx_t *tx, void *baton)
{
    store_t *s = baton;
    int deleted = -1;
    apr_status_t rv = as_users_prevent_deletion(tx, ALICE.id);

    /* Purge on another connection. Would deadlock if the purge waited for locks. */
    if (rv != APR_SUCCESS) {
        return rv;
    }
    assert_ok(as_db_write(store_open(s, NULL, &s->options), s->pool, work_purge, &deleted));
    assert_int_equal(deleted, 0);
    return APR_SUCCESS;
}

static void locked_account_is_not_purged(store_t *s)
{
    int deleted = 0;

    assert_int_equal(as_db_write(s->db, s->pool, work_prevent_deletion, s), APR_ENOENT);
    assert_ok(as_db_write(s->db, s->pool, make_alice_and_a_code, NULL));
    assert_ok(as_db_write(s->db, s->pool, work_prevent_deletion, s));
    assert_ok(as_db_write(s->db, s->pool, work_purge, &deleted));
    assert_int_equal(deleted, 1);
}

static apr_status_t orphan_session(as_tx_t *tx, void *baton)
{
    as_session_t session = session_of("s1", 0);

    *(apr_status_t *)baton = as_sessions_insert(tx, &session);
    return APR_SUCCESS;
}

static apr_status_t orphan_code(as_tx_t *tx, void *baton)
{
    as_codes_row_t code = code_of("c1", T0);
    apr_interval_time_t wait;

    *(apr_status_t *)baton = as_codes_replace(tx, &code, 0, &wait);
    return APR_SUCCESS;
}

static apr_status_t orphan_address(as_tx_t *tx, void *baton)
{
    *(apr_status_t *)baton = as_addresses_record(tx, "k", ALICE.id, T0);
    return APR_SUCCESS;
}

static void rows_without_an_account_are_rejected(store_t *s)
{
    static as_db_work_fn *const works[] = {orphan_session, orphan_code, orphan_address};

    /* SQLite names no reason for a failed INSERT … RETURNING (store/sessions.h). */
    for (size_t i = s->driver == SQLITE; i < sizeof(works) / sizeof(works[0]); i++) {
        apr_status_t inside = APR_SUCCESS;

        assert_int_equal(as_db_write(s->db, s->pool, works[i], &inside), APR_ENOENT);
        assert_int_equal(inside, APR_ENOENT);
    }
    assert_int_equal(store_logged(AS_LOG_INFO, ""), 0);
}

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_user_is_stored_with_all_columns),
        CASE(store_pending_name_is_reserved),
        CASE(store_user_is_found_for_a_code),
        CASE(store_sms_factor_needs_a_proven_number),
        CASE(store_hash_is_renewed_if_unchanged),
        CASE(store_most_expensive_hashes_are_read_with_a_name),
        CASE(store_pending_account_registers_again),
        CASE(store_user_is_verified_once),
        CASE(store_login_time_is_stored),
        CASE(store_deleting_a_user_deletes_its_rows),
        CASE(store_tokens_are_invalidated),
        CASE(only_one_parallel_registration_succeeds),
        CASE_ON(locked_account_is_not_purged, PGSQL),
        CASE(rows_without_an_account_are_rejected),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
