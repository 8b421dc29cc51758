/* SPDX-License-Identifier: Apache-2.0 */
#include "store/challenges.h"

#define COLUMNS AS_ROW_NAMES(AS_CHALLENGES_ROW)
#define REPLACE AS_ROW_REPLACE(AS_CHALLENGES_CONTENT)

static const as_stmt_t insert = {AS_ROW_INSERT("authsms_challenges", AS_CHALLENGES_ROW), NULL};
/* A row from the far future (a clock was set back) is replaced too. Without RETURNING: see
 * codes.c. */
static const as_stmt_t replace = {
    AS_ROW_INSERT("authsms_challenges AS c",
                  AS_CHALLENGES_ROW) " ON CONFLICT (subject) DO UPDATE SET " REPLACE
                                     " WHERE CAST(%lld AS BIGINT) = 0"
                                     " OR c.sent_at <= excluded.created_at - CAST(%lld AS BIGINT)"
                                     " OR c.sent_at > excluded.created_at + CAST(%lld AS BIGINT)"
                                     " OR c.expires_at <= excluded.created_at",
    NULL};
static const as_stmt_t find = {"SELECT " COLUMNS " FROM authsms_challenges WHERE id = %s", NULL};
static const as_stmt_t find_by_subject = {
    "SELECT " COLUMNS " FROM authsms_challenges WHERE subject = %s", NULL};
static const as_stmt_t extend = {
    "UPDATE authsms_challenges SET sent_at = %lld, expires_at = %lld WHERE id = %s", NULL};
static const as_stmt_t count_attempt = {
    "UPDATE authsms_challenges SET attempts = attempts + 1"
    " WHERE id = %s AND code_id = %s AND attempts < %d AND expires_at > %lld",
    NULL};
static const as_stmt_t consume = {"DELETE FROM authsms_challenges WHERE id = %s"
                                  " AND (code_id = %s OR (code_id IS NULL AND digest IS NULL))",
                                  NULL};
static const as_stmt_t delete_all = {"DELETE FROM authsms_challenges WHERE user_id = %s", NULL};
static const as_stmt_t find_text = {"SELECT " COLUMNS " FROM authsms_challenges"
                                    " WHERE text IS NOT NULL AND site = %s LIMIT 1",
                                    NULL};
static const as_stmt_t take_text = {
    "UPDATE authsms_challenges SET text = NULL WHERE id = %s AND code_id = %s AND text IS NOT NULL",
    NULL};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_challenges", "id", "expires_at <= %lld", "expires_at");

apr_status_t as_challenges_insert(as_tx_t *tx, const as_challenge_t *row)
{
    return as_stmt_exec(tx, &insert, NULL, AS_ROW_PARAMETERS(AS_CHALLENGES_ROW));
}

apr_status_t as_challenges_replace(as_tx_t *tx, const as_challenge_t *row,
                                   apr_interval_time_t resend)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &replace, &rows, AS_ROW_PARAMETERS(AS_CHALLENGES_ROW),
                                   &resend, &resend, &resend);

    return rv == APR_SUCCESS && !rows ? APR_EEXIST : rv;
}

static apr_status_t read_one(as_tx_t *tx, apr_status_t rv, const as_rows_t *rows,
                             as_challenge_t **challenge)
{
    as_challenge_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    AS_ROW_READ(AS_CHALLENGES_ROW, rows, 0);
    *challenge = row;
    return APR_SUCCESS;
}

apr_status_t as_challenges_find(as_tx_t *tx, const char *id, as_challenge_t **challenge)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find, &rows, id);

    return read_one(tx, rv, rows, challenge);
}

apr_status_t as_challenges_find_by_subject(as_tx_t *tx, const char *subject,
                                           as_challenge_t **challenge)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find_by_subject, &rows, subject);

    return read_one(tx, rv, rows, challenge);
}

apr_status_t as_challenges_extend(as_tx_t *tx, const char *id, apr_time_t sent_at,
                                  apr_time_t expires_at)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &extend, &rows, &sent_at, &expires_at, id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_challenges_count_attempt(as_tx_t *tx, const as_challenge_t *challenge, int attempts,
                                         apr_time_t now, int *counted)
{
    *counted = 0;
    return as_stmt_exec(tx, &count_attempt, counted, challenge->id, challenge->code_id, &attempts,
                        &now);
}

apr_status_t as_challenges_consume(as_tx_t *tx, const as_challenge_t *challenge)
{
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &consume, &rows, challenge->id, challenge->code_id);

    return as_row_expect_change(rv, rows);
}

apr_status_t as_challenges_delete_all(as_tx_t *tx, const char *user_id)
{
    return as_stmt_exec(tx, &delete_all, NULL, user_id);
}

apr_status_t as_challenges_find_text(as_tx_t *tx, const char *site, as_challenge_t **challenge)
{
    as_rows_t *rows = NULL;
    apr_status_t rv = as_stmt_query(tx, &find_text, &rows, site);

    return read_one(tx, rv, rows, challenge);
}

apr_status_t as_challenges_queue_text(as_tx_t *tx, const as_challenge_t *challenge,
                                      const char *kind)
{
    const as_outbox_text_t text = {
        .id = challenge->code_id,
        .user_id = challenge->user_id,
        .site = challenge->site,
        .kind = kind,
        .mobile = challenge->mobile,
        .body = challenge->text,
        .created_at = challenge->sent_at,
        .expires_at = challenge->expires_at,
    };
    int rows = 0;
    apr_status_t rv = as_stmt_exec(tx, &take_text, &rows, challenge->id, challenge->code_id);

    if (rv != APR_SUCCESS || !rows || !challenge->user_id || !*challenge->mobile) {
        return rv;
    }
    return as_outbox_insert(tx, &text, AS_OUTBOX_QUEUED);
}

apr_status_t as_challenges_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, now, limit, deleted);
}
