/* SPDX-License-Identifier: Apache-2.0 */
#include "store/users.h"

#include "store/password_index.h"

static const as_stmt_t find_by_id = {"SELECT " AS_USERS_COLUMNS " FROM authsms_users WHERE id = %s",
                                     NULL};
static const as_stmt_t find_by_legacy_id = {
    "SELECT " AS_USERS_COLUMNS " FROM authsms_users WHERE legacy_id = %s", NULL};
static const as_stmt_t find_by_name = {
    "SELECT " AS_USERS_COLUMNS " FROM authsms_users"
    " WHERE username_key = %s AND (verified = 1 OR pending_until > %lld)",
    NULL};
#define FIND_FOR_CODE(of_account)                                                                  \
    "SELECT id, username_key, mobile FROM (SELECT 1 AS one) AS single LEFT JOIN authsms_users"     \
    " ON id = " of_account " AND verified = 1 AND locked = 0 AND proved_at > 0 AND mobile <> ''"
#define FIND_ID                                                                                    \
    "(SELECT id FROM authsms_users WHERE username_key = %s AND (verified = 1 OR pending_until > "  \
    "%lld))"
static const as_stmt_t find_for_code = {FIND_FOR_CODE("COALESCE(" FIND_ID ", " FIND_ID ")"), NULL};
static const as_stmt_t find_for_code_by_id = {FIND_FOR_CODE("%s"), NULL};
static const as_stmt_t lock_row = {"SELECT 1 FROM authsms_users WHERE id = %s",
                                   "SELECT 1 FROM authsms_users WHERE id = %s FOR KEY SHARE"};
/* more: further columns. */
#define FIND_FOR_PASSWORD_SQLITE(more)                                                             \
    "SELECT " AS_USERS_COLUMNS ", (SELECT CAST(substr(password, 5, 2) AS INTEGER)"                 \
    " FROM authsms_users WHERE " AS_BCRYPT_INDEX_SQLITE                                            \
    " ORDER BY substr(password, 5, 2) DESC LIMIT 1),"                                              \
    " (SELECT substr(password, 1, 40) FROM authsms_users WHERE " AS_ARGON2_INDEX_SQLITE            \
    " ORDER BY " AS_ARGON2_WORK_SQLITE " DESC LIMIT 1)" more                                       \
    " FROM (SELECT 1 AS one) AS single LEFT JOIN authsms_users"                                    \
    " ON username_key = %s AND (verified = 1 OR pending_until > %lld)"
#define FIND_FOR_PASSWORD_PGSQL(more)                                                              \
    "SELECT " AS_USERS_COLUMNS ", (SELECT CAST(substr(password, 5, 2) AS INTEGER)"                 \
    " FROM authsms_users WHERE " AS_BCRYPT_INDEX_PGSQL                                             \
    " ORDER BY substr(password, 5, 2) COLLATE \"C\" DESC LIMIT 1),"                                \
    " (SELECT substr(password, 1, 40) FROM authsms_users WHERE " AS_ARGON2_INDEX_PGSQL             \
    " ORDER BY " AS_ARGON2_WORK_PGSQL " DESC LIMIT 1)" more                                        \
    " FROM (SELECT 1 AS one) AS single LEFT JOIN authsms_users"                                    \
    " ON username_key = %s AND (verified = 1 OR pending_until > %lld)"
#define IS_ADDRESS_KNOWN                                                                           \
    ", (SELECT count(*) FROM authsms_addresses WHERE key = %s AND expires_at > %lld)"
static const as_stmt_t find_for_password = {FIND_FOR_PASSWORD_SQLITE(""),
                                            FIND_FOR_PASSWORD_PGSQL("")};
static const as_stmt_t find_for_login = {FIND_FOR_PASSWORD_SQLITE(IS_ADDRESS_KNOWN),
                                         FIND_FOR_PASSWORD_PGSQL(IS_ADDRESS_KNOWN)};
static const as_stmt_t delete_lapsed = {
    "DELETE FROM authsms_users WHERE username_key = %s AND verified = 0 AND pending_until <= %lld",
    NULL};
#define INSERT AS_ROW_INSERT("authsms_users", AS_USERS_ROW)
static const as_stmt_t insert = {INSERT " ON CONFLICT DO NOTHING RETURNING id", NULL};
static const as_stmt_t register_again = {
    "UPDATE authsms_users SET username = %s, remote_id = CASE WHEN mobile = %s THEN remote_id"
    " ELSE %s END, mobile_given = %s, mobile = %s, country = %s, pending_until = %lld,"
    " updated_at = %lld WHERE id = %s AND verified = 0",
    NULL};
static const as_stmt_t verify = {AS_USERS_VERIFY, NULL};
static const as_stmt_t record_login = {"UPDATE authsms_users SET last_login = %lld WHERE id = %s",
                                       NULL};
static const as_stmt_t record_login_with_hash = {
    "UPDATE authsms_users SET last_login = %lld,"
    " password = CASE WHEN password = %s THEN %s ELSE password END WHERE id = %s",
    NULL};
static const as_stmt_t renew_hash = {"UPDATE authsms_users SET password ="
                                     " CASE WHEN password = %s THEN %s ELSE password END"
                                     " WHERE id = %s",
                                     NULL};
static const as_stmt_t set_sms_factor = {
    "UPDATE authsms_users SET sms_factor = %d, updated_at = %lld"
    " WHERE id = %s AND sms_factor <> CAST(%d AS INTEGER)"
    " AND (CAST(%d AS INTEGER) = 0 OR (proved_at > 0 AND mobile <> ''))",
    NULL};
static const as_stmt_t find_sms_factor = {
    "SELECT 1 FROM authsms_users WHERE id = %s AND sms_factor = %d"
    " AND (sms_factor = 0 OR proved_at > 0)",
    NULL};
#define RAISE_VALID_FROM                                                                           \
    "valid_from = CASE WHEN valid_from < CAST(%lld AS BIGINT) THEN CAST(%lld AS BIGINT)"           \
    " ELSE valid_from END"
static const as_stmt_t revoke_tokens = {
    "UPDATE authsms_users SET " RAISE_VALID_FROM " WHERE id = %s", NULL};
static const as_stmt_t set_password = {
    "UPDATE authsms_users SET password = %s, updated_at = %lld, " RAISE_VALID_FROM
    " WHERE id = %s AND password = COALESCE(CAST(%s AS TEXT), password)",
    NULL};
static const as_stmt_t set_mobile = {
    "UPDATE authsms_users SET"
    " username = CASE WHEN username_key = mobile THEN CAST(%s AS TEXT) ELSE username END,"
    " username_key = CASE WHEN username_key = mobile THEN CAST(%s AS TEXT) ELSE username_key END,"
    " mobile_given = %s, mobile = %s, country = %s, remote_id = %s, updated_at = %lld,"
    " proved_at = CASE WHEN CAST(%d AS INTEGER) = 1 THEN CAST(%lld AS BIGINT) ELSE 0 END,"
    " verified = CASE WHEN CAST(%d AS INTEGER) = 1 THEN 1 ELSE verified END"
    " WHERE id = %s AND mobile = %s",
    NULL};
static const as_stmt_t delete_user = {"DELETE FROM authsms_users WHERE id = %s", NULL};
static const as_stmt_t set_remote_id = {
    "UPDATE authsms_users SET remote_id = %s WHERE id = %s AND mobile = %s", NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_users", "id", "verified = 0 AND pending_until <= %lld", "pending_until");

as_user_t *as_users_read(as_tx_t *tx, const as_rows_t *rows, int i)
{
    as_user_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));

    AS_ROW_READ(AS_USERS_ROW, rows, i);
    return row;
}

static apr_status_t read_first(as_tx_t *tx, apr_status_t rv, const as_rows_t *rows,
                               as_user_t **user)
{
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    *user = as_users_read(tx, rows, 0);
    return APR_SUCCESS;
}

apr_status_t as_users_find_by_id(as_tx_t *tx, const char *id, as_user_t **user)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find_by_id, &rows, id);

    return read_first(tx, rv, rows, user);
}

apr_status_t as_users_find_by_legacy_id(as_tx_t *tx, const char *legacy_id, as_user_t **user)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find_by_legacy_id, &rows, legacy_id);

    return read_first(tx, rv, rows, user);
}

apr_status_t as_users_find_by_name(as_tx_t *tx, const char *username_key, apr_time_t now,
                                   as_user_t **user)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find_by_name, &rows, username_key, &now);

    return read_first(tx, rv, rows, user);
}

static apr_status_t read_for_code(apr_status_t rv, const as_rows_t *rows, as_user_t *user)
{
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *user = (as_user_t){
        .id = as_rows_text(rows, 0, 0),
        .username_key = as_rows_text(rows, 0, 1),
        .mobile = as_rows_text(rows, 0, 2),
    };
    return APR_SUCCESS;
}

apr_status_t as_users_find_for_code(as_tx_t *tx, const char *username_key, const char *number_key,
                                    apr_time_t now, as_user_t *user)
{
    as_rows_t *rows = NULL;
    apr_status_t rv =
        as_stmt_query(tx, &find_for_code, &rows, username_key, &now, number_key, &now);

    return read_for_code(rv, rows, user);
}

apr_status_t as_users_find_for_code_by_id(as_tx_t *tx, const char *id, as_user_t *user)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find_for_code_by_id, &rows, id);

    return read_for_code(rv, rows, user);
}

apr_status_t as_users_prevent_deletion(as_tx_t *tx, const char *id)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &lock_row, &rows, id);

    return rv == APR_SUCCESS && as_rows_count(rows) == 0 ? APR_ENOENT : rv;
}

static void read_for_password(as_tx_t *tx, const as_rows_t *rows, as_user_t **user,
                              as_stored_hashes_t *highest)
{
    highest->bcrypt_cost = (int)as_rows_int(rows, 0, AS_USERS_COLUMN_COUNT);
    highest->argon2 = as_rows_text(rows, 0, AS_USERS_COLUMN_COUNT + 1);
    *user = as_rows_text(rows, 0, 0) ? as_users_read(tx, rows, 0) : NULL;
}

apr_status_t as_users_find_for_password(as_tx_t *tx, const char *username_key, apr_time_t now,
                                        as_user_t **user, as_stored_hashes_t *highest)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find_for_password, &rows, username_key, &now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    read_for_password(tx, rows, user, highest);
    return APR_SUCCESS;
}

apr_status_t as_users_find_for_login(as_tx_t *tx, const char *username_key, const char *address,
                                     apr_time_t now, as_user_t **user, as_stored_hashes_t *highest,
                                     int *is_address_known)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find_for_login, &rows, address, &now, username_key, &now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    read_for_password(tx, rows, user, highest);
    *is_address_known = as_rows_int(rows, 0, AS_USERS_COLUMN_COUNT + 2) > 0;
    return APR_SUCCESS;
}

apr_status_t as_users_insert(as_tx_t *tx, const as_user_t *row, apr_time_t now)
{
    as_rows_t *rows;
    int lapsed = 0;
    apr_status_t rv = as_stmt_query(tx, &insert, &rows, AS_ROW_PARAMETERS(AS_USERS_ROW));

    if (rv != APR_SUCCESS || as_rows_count(rows)) {
        return rv;
    }
    rv = as_stmt_exec(tx, &delete_lapsed, &lapsed, row->username_key, &now);
    if (rv != APR_SUCCESS || !lapsed) {
        return rv == APR_SUCCESS ? APR_EEXIST : rv;
    }
    rv = as_stmt_query(tx, &insert, &rows, AS_ROW_PARAMETERS(AS_USERS_ROW));
    return rv == APR_SUCCESS && as_rows_count(rows) == 0 ? APR_EEXIST : rv;
}

apr_status_t as_users_register_again(as_tx_t *tx, const as_user_t *user)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &register_again, &rows, user->username, user->mobile,
                                   user->remote_id, user->mobile_given, user->mobile, user->country,
                                   &user->pending_until, &user->updated_at, user->id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_verify(as_tx_t *tx, const char *id, const char *mobile, apr_time_t now)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &verify, &rows, &now, &now, id, mobile);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_record_login(as_tx_t *tx, const char *id, apr_time_t now,
                                   const char *old_hash, const char *new_hash)
{
    int rows = 0;
    apr_status_t rv =
        new_hash ? as_stmt_exec(tx, &record_login_with_hash, &rows, &now, old_hash, new_hash, id)
                 : as_stmt_exec(tx, &record_login, &rows, &now, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_renew_hash(as_tx_t *tx, const char *id, const char *old_hash,
                                 const char *new_hash)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &renew_hash, &rows, old_hash, new_hash, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_set_sms_factor(as_tx_t *tx, const char *id, int enabled, apr_time_t now,
                                     int *changed)
{
    as_rows_t *rows;
    apr_status_t rv;

    *changed = 0;
    rv = as_stmt_exec(tx, &set_sms_factor, changed, &enabled, &now, id, &enabled, &enabled);
    if (rv != APR_SUCCESS || *changed) {
        return rv;
    }
    rv = as_stmt_query(tx, &find_sms_factor, &rows, id, &enabled);
    return rv == APR_SUCCESS && as_rows_count(rows) == 0 ? APR_ENOENT : rv;
}

apr_status_t as_users_revoke_tokens(as_tx_t *tx, const char *id, apr_time_t now)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &revoke_tokens, &rows, &now, &now, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_set_password(as_tx_t *tx, const char *id, const char *old_hash,
                                   const char *new_hash, apr_time_t now)
{
    int rows = 0;
    apr_status_t rv =
        as_stmt_exec(tx, &set_password, &rows, new_hash, &now, &now, &now, id, old_hash);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_set_mobile(as_tx_t *tx, const char *id, const as_users_mobile_t *mobile,
                                 apr_time_t now)
{
    int rows = 0;
    /* An unverified account may have the number as its name, and have lapsed. */
    apr_status_t rv = as_stmt_exec(tx, &delete_lapsed, NULL, mobile->mobile, &now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_stmt_exec(tx, &set_mobile, &rows, mobile->mobile, mobile->mobile, mobile->given,
                      mobile->mobile, mobile->country, mobile->remote_id, &now, &mobile->is_proven,
                      &now, &mobile->is_proven, id, mobile->old_mobile);
    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_delete(as_tx_t *tx, const char *id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &delete_user, &rows, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_set_remote_id(as_tx_t *tx, const char *id, const char *mobile,
                                    const char *remote_id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &set_remote_id, &rows, remote_id, id, mobile);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_users_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
