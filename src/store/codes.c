/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codes.h"

#include "store/row.h"

#define COLUMNS "id, user_id, purpose, mobile, digest, ref, attempts, created_at, expires_at"

/*
 * A row that claims to be of the far future (a clock was set back) does not bar the way. Not
 * RETURNING: with it the driver cannot tell a foreign key's failure on SQLite.
 */
static const as_stmt_t replace = {
    "INSERT INTO authsms_codes AS c (" COLUMNS ") VALUES"
    " (%s, %s, %d, %s, %s, %s, %d, %lld, %lld)"
    " ON CONFLICT (user_id, purpose) DO UPDATE SET id = excluded.id, mobile = excluded.mobile,"
    " digest = excluded.digest, ref = excluded.ref, attempts = excluded.attempts,"
    " created_at = excluded.created_at, expires_at = excluded.expires_at"
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
/* A row of a limit would not do: the limit may be off, and a new number has none yet. SQLite has
 * one writer at a time. */
static const as_stmt_t lock_number = {
    NULL, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 27432484104072563))"};
static const as_stmt_t uncount_attempt = {
    "UPDATE authsms_codes SET attempts = attempts - 1 WHERE id = %s AND attempts > 0", NULL};
static const as_stmt_t close_others = {
    "UPDATE authsms_codes SET expires_at = %lld"
    " WHERE mobile = %s AND digest IS NULL AND id <> %s AND expires_at > %lld",
    NULL};
static const as_stmt_t not_sent = {"UPDATE authsms_codes SET created_at = 0 WHERE id = %s", NULL};
static const as_stmt_t set_ref = {"UPDATE authsms_codes SET ref = %s WHERE id = %s", NULL};
static const as_stmt_t spend = {"DELETE FROM authsms_codes WHERE id = %s", NULL};
static const as_stmt_t sweep = AS_PURGE("authsms_codes", "id", "expires_at <= %lld", "expires_at");

static as_codes_row_t *read_row(as_tx_t *tx, const as_rows_t *rows)
{
    as_codes_row_t *code = apr_palloc(as_tx_pool(tx), sizeof(*code));
    int i = 0;

    code->id = as_rows_text(rows, 0, i++);
    code->user_id = as_rows_text(rows, 0, i++);
    code->purpose = (as_purpose_t)as_rows_int(rows, 0, i++);
    code->mobile = as_rows_text(rows, 0, i++);
    code->digest = as_rows_text(rows, 0, i++);
    code->ref = as_rows_text(rows, 0, i++);
    code->attempts = (int)as_rows_int(rows, 0, i++);
    code->created_at = as_rows_int(rows, 0, i++);
    code->expires_at = as_rows_int(rows, 0, i++);
    return code;
}

static apr_status_t find_row(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                             as_codes_row_t **code)
{
    int number = (int)purpose;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, user_id, &number);

    *code = rv == APR_SUCCESS && as_rows_count(rows) ? read_row(tx, rows) : NULL;
    return rv;
}

apr_status_t as_codes_replace(as_tx_t *tx, const as_codes_row_t *code, apr_interval_time_t resend,
                              apr_interval_time_t *wait)
{
    int purpose = (int)code->purpose;
    as_codes_row_t *older;
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &replace, &rows, code->id, code->user_id, &purpose,
                                   code->mobile, code->digest, code->ref, &code->attempts,
                                   &code->created_at, &code->expires_at, &resend, &resend, &resend);

    if (rv != APR_SUCCESS || rows) {
        return rv;
    }
    rv = find_row(tx, code->user_id, code->purpose, &older);
    if (rv == APR_SUCCESS) {
        *wait = older ? older->created_at + resend - code->created_at : 1;
        *wait = *wait < 1 ? 1 : *wait > resend ? resend : *wait;
        rv = APR_EEXIST;
    }
    return rv;
}

apr_status_t as_codes_lock_number(as_tx_t *tx, const char *mobile)
{
    as_rows_t *rows;

    return as_tx_is_pgsql(tx) ? as_stmt_query(tx, &lock_number, &rows, mobile) : APR_SUCCESS;
}

apr_status_t as_codes_expire_others(as_tx_t *tx, const as_codes_row_t *code)
{
    return as_stmt_exec(tx, &close_others, NULL, &code->created_at, code->mobile, code->id,
                        &code->created_at);
}

apr_status_t as_codes_mark_unsent(as_tx_t *tx, const char *id)
{
    return as_stmt_exec(tx, &not_sent, NULL, id);
}

apr_status_t as_codes_set_ref(as_tx_t *tx, const char *id, const char *ref)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &set_ref, &rows, ref, id);

    return as_row_changed(rv, rows);
}

apr_status_t as_codes_count_attempt(as_tx_t *tx, const char *user_id, as_purpose_t purpose,
                                    int attempts, apr_time_t now, as_codes_attempt_t *outcome,
                                    as_codes_row_t **code)
{
    int number = (int)purpose;
    as_codes_row_t *found;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &count_attempt, &rows, user_id, &number, &attempts, &now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows)) {
        *outcome = AS_ATTEMPT_COUNTED;
        *code = read_row(tx, rows);
        return APR_SUCCESS;
    }
    /* Should a newer code have come between the two statements, "dead" is true of the one asked. */
    rv = find_row(tx, user_id, purpose, &found);
    *outcome = !found                     ? AS_ATTEMPT_NO_CODE
               : found->expires_at <= now ? AS_ATTEMPT_EXPIRED
                                          : AS_ATTEMPT_EXHAUSTED;
    return rv;
}

apr_status_t as_codes_refund_attempt(as_tx_t *tx, const char *id)
{
    return as_stmt_exec(tx, &uncount_attempt, NULL, id);
}

apr_status_t as_codes_consume(as_tx_t *tx, const char *id)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &spend, &rows, id);

    return as_row_changed(rv, rows);
}

apr_status_t as_codes_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &sweep, now, limit, deleted);
}
