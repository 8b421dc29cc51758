/* SPDX-License-Identifier: Apache-2.0 */
#include "store/conversions.h"

#include "store/row.h"

#define SLOT apr_time_from_sec(600)

#define CONVERSIONS_ROW(FIRST, NEXT)                                                               \
    FIRST(TEXT, name)                                                                              \
    NEXT(TEXT, key)                                                                                \
    NEXT(TIME, starts_at)                                                                          \
    NEXT(INT, sent)                                                                                \
    NEXT(INT, entered)

typedef struct conversion_t {
    AS_ROW_MEMBERS(CONVERSIONS_ROW)
} conversion_t;

static const as_stmt_t add = {
    AS_ROW_INSERT(
        "authsms_conversions AS c",
        CONVERSIONS_ROW) " ON CONFLICT (name, key, starts_at) DO UPDATE SET"
                         " sent = c.sent + excluded.sent, entered = c.entered + excluded.entered",
    NULL};
static const as_stmt_t sum = {
    "SELECT COALESCE(SUM(sent), 0), COALESCE(SUM(entered), 0), COALESCE(MIN(starts_at), 0)"
    " FROM authsms_conversions"
    " WHERE name = %s AND key = %s AND starts_at >= %lld AND starts_at <= %lld",
    NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE_BY("authsms_conversions", "(name, key, starts_at) IN ", "name, key, starts_at", "",
                    "starts_at < %lld", "starts_at");

apr_status_t as_conversions_count(as_tx_t *tx, const char *name, const char *key,
                                  apr_time_t sent_at, as_conversions_event_t event)
{
    const conversion_t *row = &(const conversion_t){
        .name = name,
        .key = key,
        .starts_at = sent_at - sent_at % SLOT,
        .sent = event == AS_CONVERSIONS_SENT     ? 1
                : event == AS_CONVERSIONS_UNSENT ? -1
                                                 : 0,
        .entered = event == AS_CONVERSIONS_ENTERED ? 1 : 0,
    };

    return as_stmt_exec(tx, &add, NULL, AS_ROW_PARAMETERS(CONVERSIONS_ROW));
}

apr_status_t as_conversions_sum(as_tx_t *tx, const char *name, const char *key, apr_time_t from,
                                apr_time_t until, int *sent, int *entered, apr_time_t *oldest)
{
    apr_time_t last = until - SLOT;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &sum, &rows, name, key, &from, &last);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *sent = (int)as_rows_int(rows, 0, 0);
    *entered = (int)as_rows_int(rows, 0, 1);
    *oldest = as_rows_int(rows, 0, 2);
    return APR_SUCCESS;
}

apr_status_t as_conversions_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
