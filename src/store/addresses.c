/* SPDX-License-Identifier: Apache-2.0 */
#include "store/addresses.h"

#include "store/row.h"

#define DAY apr_time_from_sec(86400)

#define ADDRESSES_CONTENT(FIRST, NEXT)                                                             \
    FIRST(TEXT, user_id)                                                                           \
    NEXT(TIME, expires_at)
#define ADDRESSES_ROW(FIRST, NEXT)                                                                 \
    FIRST(TEXT, key)                                                                               \
    ADDRESSES_CONTENT(NEXT, NEXT)

typedef struct address_t {
    AS_ROW_MEMBERS(ADDRESSES_ROW)
} address_t;

#define INSERT AS_ROW_INSERT("authsms_addresses AS a", ADDRESSES_ROW)
#define REPLACE AS_ROW_REPLACE(ADDRESSES_CONTENT)
/* A key belongs to a name: if the name is now another account's, so is the row. It is renewed once
 * a day, so that most logins write nothing here. */
static const as_stmt_t record = {
    INSERT " ON CONFLICT (key) DO UPDATE SET " REPLACE
           " WHERE a.user_id <> excluded.user_id OR a.expires_at <= CAST(%lld AS BIGINT)",
    NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_addresses", "key", "expires_at <= %lld", "expires_at");

apr_status_t as_addresses_record(as_tx_t *tx, const char *key, const char *user_id,
                                 apr_time_t expires_at)
{
    const address_t *row = &(const address_t){key, user_id, expires_at};
    apr_time_t stale = expires_at - DAY;

    return as_stmt_exec(tx, &record, NULL, AS_ROW_PARAMETERS(ADDRESSES_ROW), &stale);
}

apr_status_t as_addresses_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
