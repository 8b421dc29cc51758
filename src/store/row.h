/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the tables have in common. */
#ifndef AS_STORE_ROW_H
#define AS_STORE_ROW_H

#include "store/users.h"

/* Columns of authsms_users in the order that as_users_row reads, from column 0 on. */
#define AS_USER_COLUMNS                                                                            \
    "id, username, username_key, password, mobile_given, mobile, country, remote_id, verified, "   \
    "locked, created_at, updated_at, last_login, valid_from, proved_at, pending_until"
enum { AS_USER_COLUMNS_COUNT = 16 };

/* Hashes that as_password_matches compares with, by their scheme and cost (4 to 16). */
#define AS_BCRYPT_SQLITE "(password GLOB '$2[aby]$0[4-9]$*' OR password GLOB '$2[aby]$1[0-6]$*')"
#define AS_BCRYPT_PGSQL "password ~ '^[$]2[aby][$](0[4-9]|1[0-6])[$]'"

/* PostgreSQL's own clock in µs since 1970. EXTRACT gives a double before PostgreSQL 14, which is
 * exact to the microsecond until 2255. */
#define AS_CLOCK_PGSQL "CAST(1000000 * EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"

/* The account in a row, from the unit's result pool. */
as_user_t *as_users_row(as_tx_t *tx, const as_rows_t *rows, int row);

/*
 * Delete the oldest rows that meet a condition. Parameters: its own, the limit, its own again (it
 * is evaluated twice, as a row may have changed meanwhile). On PostgreSQL locked rows are skipped,
 * so that purges of several servers do not wait for each other; rows are found again by `key`,
 * since engines that speak its protocol have no ctid. AS_PURGE: one key column.
 */
/* The versions of clang-format disagree about it. */
/* clang-format off */
#define AS_PURGE_BY(table, match, key, end, condition, order)                                      \
    {                                                                                              \
        "DELETE FROM " table " WHERE rowid IN (SELECT rowid FROM " table " WHERE " condition       \
        " ORDER BY " order " LIMIT %d) AND " condition,                                            \
            "DELETE FROM " table " WHERE " match "(SELECT " key " FROM " table " WHERE " condition \
            " ORDER BY " order " LIMIT %d FOR UPDATE SKIP LOCKED)" end " AND " condition           \
    }
#define AS_PURGE(table, key, condition, order)                                                     \
    AS_PURGE_BY(table, key " = ANY (ARRAY", key, ")", condition, order)
/* clang-format on */

/* Run such a statement whose condition has the one parameter `now`. */
apr_status_t as_row_purge(as_tx_t *tx, const as_stmt_t *stmt, apr_time_t now, int limit,
                          int *deleted);

/* A statement that changes one row: APR_ENOENT when there was none. */
static inline apr_status_t as_row_changed(apr_status_t rv, int rows)
{
    return rv == APR_SUCCESS && rows == 0 ? APR_ENOENT : rv;
}

#endif
