/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codes.h"

#define COLUMNS AS_ROW_NAMES(AS_CODES_ROW)
#define INSERT AS_ROW_INSERT("authsms_codes AS c", AS_CODES_ROW)
#define REPLACE AS_ROW_REPLACE(AS_CODES_CONTENT)

/*
 * A row from the far future (a clock was set back) is replaced too. Without RETURNING: with it the
 * SQLite driver does not report a foreign key's failure as such.
 */
static const as_stmt_t replace = {INSERT
                                  " ON CONFLICT (user_id, purpose) DO UPDATE SET " REPLACE
                                  " WHERE CAST(%lld AS BIGINT) = 0"
                                  " OR c.created_at <= excluded.created_at - CAST(%lld AS BIGINT)"
                                  " OR c.created_at > excluded.created_at + CAST(%lld AS BIGINT)",
                                  NULL};
static const as_stmt_t find = {
    "SELECT " COLUMNS " FROM authsms_codes WHERE user_id = %s AND purpose = %d", NULL};
static const as_stmt_t count_attempt = {
    "UPDATE authsms_codes SET attempts = attempts + 1"
    " WHERE user_id = %s AND purpose = %d AND attempts < %d AND expires_at > %lld"
    " RETURNING " COLUMNS,
    NULL};
/* Not the row of a limit: the limit may be off, and a new number has none yet. SQLite has one
 * writer at a time. */
static const as_stmt_t lock_number = {
    NULL, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 27432484104072563))"};
static const as_stmt_t refund_attempt = {
    "UPDATE authsms_codes SET attempts = attempts - 1 WHERE id = %s AND attempts > 0", NULL};
static const as_stmt_t expire_others = {
    "UPDATE authsms_codes SET expires_at = %lld"
    " WHERE mobile = %s AND digest IS NULL AND id <> %s AND expires_at > %lld",
    NULL};
static const as_stmt_t mark_unsent = {"UPDATE authsms_codes SET created_at = 0 WHERE id = %s",
                                      NULL};
static const as_stmt_t set_ref = {"UPDATE authsms_codes SET ref = %s WHERE id = %s", NULL};
static const as_stmt_t consume = {AS_CODES_CONSUME, NULL};
static const as_stmt_t set_remote_id = {"UPDATE authsms_codes SET remote_id = %s WHERE id = %s",
                                        NULL};
static const as_stmt_t delete_all = {"DELETE FROM authsms_codes WHERE user_id = %s", NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_codes", "id", "expires_at <= %lld", "expires_at");

static as_codes_row_t *read_row(as_tx_t *tx, const as_rows_t *rows)
{
    as_codes_row_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));

    AS_ROW_READ(AS_CODES_ROW, rows, 0);
    return row;
}

apr_status_t as_codes_find(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                           as_codes_row_t **code)
{
    int number = (int)purpose;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, user_id, &number);

    *code = rv == APR_SUCCESS && as_rows_count(rows) ? read_row(tx, rows) : NULL;
    return rv;
}

static apr_interval_time_t wait_left(const as_codes_row_t *older, const as_codes_row_t *row,
                                     apr_interval_time_t resend)
{
    apr_interval_time_t left = older ? older->created_at + resend - row->created_at : 1;

    return left < 1 ? 1 : left > resend ? resend : left;
}

apr_status_t as_codes_replace(as_tx_t *tx, const as_codes_row_t *row, apr_interval_time_t resend,
                              apr_interval_time_t *wait)
{
    as_codes_row_t *older;
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &replace, &rows, AS_ROW_PARAMETERS(AS_CODES_ROW), &resend,
                                   &resend, &resend);

    if (rv != APR_SUCCESS || rows) {
        return rv;
    }
    rv = as_codes_find(tx, row->user_id, row->purpose, &older);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *wait = wait_left(older, row, resend);
    return APR_EEXIST;
}

apr_status_t as_codes_lock_number(as_tx_t *tx, const char *mobile)
{
    as_rows_t *rows;

    return as_tx_is_pgsql(tx) ? as_stmt_query(tx, &lock_number, &rows, mobile) : APR_SUCCESS;
}

apr_status_t as_codes_expire_others(as_tx_t *tx, const as_codes_row_t *code)
{
    return as_stmt_exec(tx, &expire_others, NULL, &code->created_at, code->mobile, code->id,
                        &code->created_at);
}

apr_status_t as_codes_mark_unsent(as_tx_t *tx, const char *id)
{
    return as_stmt_exec(tx, &mark_unsent, NULL, id);
}

apr_status_t as_codes_set_ref(as_tx_t *tx, const char *id, const char *ref)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &set_ref, &rows, ref, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_codes_set_remote_id(as_tx_t *tx, const char *id, const char *remote_id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &set_remote_id, &rows, remote_id, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_codes_delete_all(as_tx_t *tx, const char *user_id)
{
    return as_stmt_exec(tx, &delete_all, NULL, user_id);
}

apr_status_t as_codes_take_attempt(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                                   int attempts, apr_time_t now, as_codes_row_t **code)
{
    int number = (int)purpose;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &count_attempt, &rows, user_id, &number, &attempts, &now);

    *code = rv == APR_SUCCESS && as_rows_count(rows) ? read_row(tx, rows) : NULL;
    return rv;
}

apr_status_t as_codes_count_attempt(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                                    int attempts, apr_time_t now, as_codes_attempt_t *outcome,
                                    as_codes_row_t **code)
{
    as_codes_row_t *open;
    apr_status_t rv = as_codes_take_attempt(tx, user_id, purpose, attempts, now, code);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (*code) {
        *outcome = AS_ATTEMPT_COUNTED;
        return APR_SUCCESS;
    }
    /* If a newer code came between the two statements, "exhausted" is still true of the older one.
     */
    rv = as_codes_find(tx, user_id, purpose, &open);
    *outcome = !open                     ? AS_ATTEMPT_NO_CODE
               : open->expires_at <= now ? AS_ATTEMPT_EXPIRED
                                         : AS_ATTEMPT_EXHAUSTED;
    return rv;
}

apr_status_t as_codes_refund_attempt(as_tx_t *tx, const char *id)
{
    return as_stmt_exec(tx, &refund_attempt, NULL, id);
}

apr_status_t as_codes_consume(as_tx_t *tx, const char *id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &consume, &rows, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_codes_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
