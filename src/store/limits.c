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
#define COUNT                                                                                      \
    " ON CONFLICT (name, key) DO UPDATE SET"                                                       \
    " hits = CASE WHEN l.ends_at <= CAST(%lld AS BIGINT) THEN 1"                                   \
    " WHEN l.hits <= CAST(%d AS INTEGER) THEN l.hits + 1 ELSE l.hits END,"                         \
    " ends_at = CASE WHEN l.ends_at <= CAST(%lld AS BIGINT) OR l.ends_at > excluded.ends_at"       \
    " THEN excluded.ends_at ELSE l.ends_at END"                                                    \
    " RETURNING hits, ends_at"
static const as_stmt_t add_hit = {INSERT COUNT, NULL};
#define RESET "DELETE FROM authsms_limits WHERE name = %s AND key = %s"

/*
 * PostgreSQL: several in one statement. Each is inserted only if the one before it, which it reads
 * first, is within its limit: rows are locked in this order.
 */
#define FIRST_HIT "WITH hit1 AS (" INSERT COUNT ")"
#define NEXT_HIT(hit, before)                                                                      \
    ", " hit " AS (INSERT INTO authsms_limits AS l (" AS_ROW_NAMES(                                \
        LIMITS_ROW) ")"                                                                            \
                    " SELECT CAST(%s AS TEXT), CAST(%s AS TEXT), CAST(%d AS INTEGER), CAST(%lld "  \
                    "AS BIGINT)"                                                                   \
                    " WHERE EXISTS (SELECT 1 FROM " before                                         \
                    " WHERE hits <= CAST(%d AS INTEGER))" COUNT ")"
#define RESULT(hit) " SELECT " hit " AS position, hits, ends_at FROM hit" hit
static const as_stmt_t add_2_hits = {NULL, FIRST_HIT NEXT_HIT("hit2", "hit1")
                                               RESULT("1") " UNION ALL" RESULT("2") " ORDER BY 1"};
static const as_stmt_t add_3_hits = {
    NULL, FIRST_HIT NEXT_HIT("hit2", "hit1") NEXT_HIT("hit3", "hit2")
              RESULT("1") " UNION ALL" RESULT("2") " UNION ALL" RESULT("3") " ORDER BY 1"};
static const as_stmt_t reset_and_add_hit = {
    NULL, "WITH cleared AS (" RESET " RETURNING 1) INSERT INTO authsms_limits AS l"
          " (" AS_ROW_NAMES(LIMITS_ROW) ") SELECT CAST(%s AS TEXT), CAST(%s AS TEXT),"
                                        " CAST(%d AS INTEGER), CAST(%lld AS BIGINT) WHERE (SELECT "
                                        "count(*) FROM cleared) >= 0" COUNT};
/* A use above the limit was refused, so it does not count. */
static const as_stmt_t remove_hit = {
    "UPDATE authsms_limits SET hits = CASE WHEN hits > CAST(%d AS INTEGER)"
    " THEN CAST(%d AS INTEGER) - 1 ELSE hits - 1 END"
    " WHERE name = %s AND key = %s AND hits > 0 AND ends_at <= %lld",
    NULL};
static const as_stmt_t reset = {RESET, NULL};
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

static apr_status_t add_hits_one_by_one(as_tx_t *tx, const as_limits_hit_t *hits, int hit_count,
                                        apr_time_t now, int *refused,
                                        apr_interval_time_t *retry_after)
{
    *retry_after = 0;
    for (*refused = 0; *refused < hit_count; ++*refused) {
        const as_limits_hit_t *hit = &hits[*refused];
        apr_status_t rv =
            as_limits_add_hit(tx, hit->name, hit->key, hit->count, hit->window, now, retry_after);

        if (rv != APR_SUCCESS || *retry_after) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

apr_status_t as_limits_add_hits(as_tx_t *tx, const as_limits_hit_t *hits, int hit_count,
                                apr_time_t now, int *refused, apr_interval_time_t *retry_after)
{
    const int one = 1;
    apr_time_t ends[AS_LIMITS_HITS_MAX];
    as_rows_t *rows;
    apr_status_t rv;
    int last;

    if (hit_count < 2 || !as_tx_is_pgsql(tx)) {
        return add_hits_one_by_one(tx, hits, hit_count, now, refused, retry_after);
    }
    for (int i = 0; i < hit_count; i++) {
        ends[i] = now + hits[i].window;
    }
#define COUNTED(i) hits[i].name, hits[i].key, &one, &ends[i]
#define UPDATED(i) &now, &hits[i].count, &now
#define NEXT(i) COUNTED(i), &hits[(i)-1].count, UPDATED(i)
    /* A statement reads as many parameters as it has. */
    rv = hit_count == 2
             ? as_stmt_query(tx, &add_2_hits, &rows, COUNTED(0), UPDATED(0), NEXT(1))
             : as_stmt_query(tx, &add_3_hits, &rows, COUNTED(0), UPDATED(0), NEXT(1), NEXT(2));
#undef COUNTED
#undef UPDATED
#undef NEXT
    if (rv != APR_SUCCESS) {
        return rv;
    }
    last = as_rows_count(rows) - 1;
    *retry_after =
        as_rows_int(rows, last, 1) > hits[last].count ? as_rows_int(rows, last, 2) - now : 0;
    *refused = *retry_after ? last : hit_count;
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

apr_status_t as_limits_reset_and_add_hit(as_tx_t *tx, const char *name, const char *key,
                                         const as_limits_hit_t *hit, apr_time_t now,
                                         apr_interval_time_t *retry_after)
{
    const int one = 1;
    apr_time_t ends = now + hit->window;
    as_rows_t *rows;
    apr_status_t rv;

    if (!as_tx_is_pgsql(tx)) {
        rv = as_limits_reset(tx, name, key);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        return as_limits_add_hit(tx, hit->name, hit->key, hit->count, hit->window, now,
                                 retry_after);
    }
    rv = as_stmt_query(tx, &reset_and_add_hit, &rows, name, key, hit->name, hit->key, &one, &ends,
                       &now, &hit->count, &now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *retry_after = as_rows_int(rows, 0, 0) > hit->count ? as_rows_int(rows, 0, 1) - now : 0;
    return APR_SUCCESS;
}

apr_status_t as_limits_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
