/* SPDX-License-Identifier: Apache-2.0 */
#include "store/addresses.h"

#include "store/row.h"

#define DAY apr_time_from_sec(86400)

static const as_stmt_t find = {
    "SELECT count(*) FROM authsms_addresses WHERE key = %s AND expires_at > %lld", NULL};
/* A key belongs to a name: should the name have gone to another account, so has its row. Renewed
 * once a day, so that most logins write nothing here. */
static const as_stmt_t note = {
    "INSERT INTO authsms_addresses AS a (key, user_id, expires_at) VALUES (%s, %s, %lld)"
    " ON CONFLICT (key) DO UPDATE SET user_id = excluded.user_id,"
    " expires_at = excluded.expires_at"
    " WHERE a.user_id <> excluded.user_id OR a.expires_at <= CAST(%lld AS BIGINT)",
    NULL};
static const as_stmt_t sweep =
    AS_PURGE("authsms_addresses", "key", "expires_at <= %lld", "expires_at");

apr_status_t as_addresses_is_known(as_tx_t *tx, const char *key, apr_time_t now, int *known)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, key, &now);

    *known = rv == APR_SUCCESS && as_rows_int(rows, 0, 0) != 0;
    return rv;
}

apr_status_t as_addresses_record(as_tx_t *tx, const char *key, const char *user_id,
                                 apr_time_t expires_at)
{
    apr_time_t stale = expires_at - DAY;

    return as_stmt_exec(tx, &note, NULL, key, user_id, &expires_at, &stale);
}

apr_status_t as_addresses_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &sweep, now, limit, deleted);
}
