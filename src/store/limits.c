/* SPDX-License-Identifier: Apache-2.0 */
#include "store/limits.h"

#include "store/row.h"

#define LIMITS_ROW(FIRST, NEXT)                                                                    \
    FIRST(TEXT, name)                                                                              \
    NEXT(TEXT, key)                                                                                \
    NEXT(INT, hits)                                                                                \
    NEXT(TIME, ends_at)

typedef struct counter_t {
    AS_ROW_MEMBERS(LIMITS_ROW)
} counter_t;

#define INSERT AS_ROW_INSERT("authsms_limits AS l", LIMITS_ROW)
/*
 * Counting stops at one above the limit, so nothing overflows. A window that ends later than a new
 * one would (the limit was changed, a clock was set back) is shortened to that.
 */
static const as_stmt_t add_hit = {
    INSERT " ON CONFLICT (name, key) DO UPDATE SET"
           " hits = CASE WHEN l.ends_at <= CAST(%lld AS BIGINT) THEN 1"
           " WHEN l.hits <= CAST(%d AS INTEGER) THEN l.hits + 1 ELSE l.hits END,"
           " ends_at = CASE WHEN l.ends_at <= CAST(%lld AS BIGINT) OR l.ends_at > excluded.ends_at"
           " THEN excluded.ends_at ELSE l.ends_at END"
           " RETURNING hits, ends_at",
    NULL};
/* A use above the limit was refused, so it does not count. */
static const as_stmt_t remove_hit = {
    "UPDATE authsms_limits SET hits = CASE WHEN hits > CAST(%d AS INTEGER)"
    " THEN CAST(%d AS INTEGER) - 1 ELSE hits - 1 END"
    " WHERE name = %s AND key = %s AND hits > 0 AND ends_at <= %lld",
    NULL};
static const as_stmt_t reset = {"DELETE FROM authsms_limits WHERE name = %s AND key = %s", NULL};
static const as_stmt_t purge = AS_ROW_PURGE_BY("authsms_limits", "(name, key) IN ", "name, key", "",
                                               "ends_at <= %lld", "ends_at");

apr_status_t as_limits_add_hit(as_tx_t *tx, const char *name, const char *key, int count,
                               apr_interval_time_t window, apr_time_t now,
                               apr_interval_time_t *retry_after)
{
    const counter_t *row = &(const counter_t){name, key, 1, now + window};
    as_rows_t *rows;
    apr_status_t rv =
        as_stmt_query(tx, &add_hit, &rows, AS_ROW_PARAMETERS(LIMITS_ROW), &now, &count, &now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *retry_after = as_rows_int(rows, 0, 0) > count ? as_rows_int(rows, 0, 1) - now : 0;
    return APR_SUCCESS;
}

apr_status_t as_limits_remove_hit(as_tx_t *tx, const char *name, const char *key, int count,
                                  apr_interval_time_t window, apr_time_t hit_at)
{
    apr_time_t ends = hit_at + window;

    return as_stmt_exec(tx, &remove_hit, NULL, &count, &count, name, key, &ends);
}

apr_status_t as_limits_reset(as_tx_t *tx, const char *name, const char *key)
{
    return as_stmt_exec(tx, &reset, NULL, name, key);
}

apr_status_t as_limits_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
