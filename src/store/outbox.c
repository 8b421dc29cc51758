/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outbox.h"

#include "base/receipt_state.h"
#include "store/jobs.h"

/* A request that sends its text itself takes no longer. */
#define SENDING_MAX apr_time_from_sec(60)

#define COLUMNS AS_ROW_NAMES(AS_OUTBOX_ROW)
#define FORMATS AS_ROW_FORMATS(AS_OUTBOX_ROW)

/* Queued and due, or under a claim that has ended. */
#define IS_DUE                                                                                     \
    "state <= 2 AND due_at <= %lld AND (state = 1 OR due_at <= %lld) AND expires_at > %lld"        \
    " AND body IS NOT NULL"
#define OLDEST_DUE                                                                                 \
    "(SELECT id FROM authsms_outbox WHERE site = %s AND " IS_DUE " ORDER BY due_at LIMIT 1"

/* Due now. NULL: by PostgreSQL's clock. */
#define INSERT(due)                                                                                \
    "INSERT INTO authsms_outbox (" COLUMNS ", state, due_at, updated_at) VALUES (" FORMATS         \
    ", %d, " due ", %lld)"
static const as_stmt_t insert = {INSERT("%lld"),
                                 INSERT("COALESCE(CAST(%lld AS BIGINT), " AS_CLOCK_PGSQL ")")};
static const as_stmt_t count_due = {
    "SELECT count(*) FROM (SELECT 1 FROM authsms_outbox WHERE site = %s AND " IS_DUE
    " LIMIT %d) AS due",
    NULL};
/* state <= 2, so that SQLite uses the index too. */
static const as_stmt_t count_queued = {
    "SELECT count(*) FROM (SELECT 1 FROM authsms_outbox WHERE state <= 2 AND state = 1 LIMIT %d)"
    " AS queued",
    NULL};
#define CLAIM(oldest)                                                                              \
    "UPDATE authsms_outbox SET state = 2, due_at = %lld, claim = %s, attempts = attempts + 1"      \
    " WHERE id = " oldest ") RETURNING " COLUMNS
static const as_stmt_t claim_oldest = {CLAIM(OLDEST_DUE),
                                       CLAIM(OLDEST_DUE " FOR UPDATE SKIP LOCKED")};
#define OF_CLAIM " WHERE id = %s AND (claim = %s OR (claim IS NULL AND CAST(%d AS INTEGER) = 1))"
static const as_stmt_t mark_sent = {
    /* A receipt with the reference may have come before. */
    "UPDATE authsms_outbox SET"
    " state = CASE WHEN state = 4 OR (state = 5 AND ref IS NOT NULL) THEN state ELSE 3 END,"
    " error = CASE WHEN state = 5 AND ref IS NOT NULL THEN error END,"
    " body = NULL, sender = %s, ref = %s, updated_at = %lld" OF_CLAIM,
    NULL};
static const as_stmt_t mark_failed = {
    "UPDATE authsms_outbox SET state = 5, body = NULL, error = %s, updated_at = %lld" OF_CLAIM
    " AND state <= 2",
    NULL};
static const as_stmt_t schedule_retry = {
    "UPDATE authsms_outbox SET state = 1, due_at = %lld" OF_CLAIM " AND state = 2", NULL};
static const as_stmt_t cancel = {AS_OUTBOX_CANCEL, NULL};
static const as_stmt_t cancel_codes = {
    "UPDATE authsms_outbox SET state = 5, body = NULL, error = 'superseded', updated_at = %lld"
    " WHERE user_id = %s AND code_id IS NOT NULL AND state <= 2 AND body IS NOT NULL",
    NULL};
static const as_stmt_t list = {
    "SELECT " AS_ROW_NAMES(AS_OUTBOX_STATUS_ROW) " FROM authsms_outbox WHERE user_id = %s"
                                                 " ORDER BY created_at DESC, id",
    NULL};
static const as_stmt_t record_by_id = {
    "UPDATE authsms_outbox SET state = %d, error = %s, body = NULL, sender = %s, ref = %s,"
    " updated_at = %lld WHERE id = %s AND state <= 3"
    " AND (sender = %s OR sender IS NULL) AND (ref = %s OR ref IS NULL)",
    NULL};
static const as_stmt_t record_by_ref = {
    "UPDATE authsms_outbox SET state = %d, error = %s, updated_at = %lld"
    " WHERE ref = %s AND sender = %s AND state IN (2, 3)",
    NULL};
/* No text has this reference, and a text whose reference is not stored yet is being sent. due_at
 * is the end of its claim, or the time when a request began to send it. */
static const as_stmt_t find_possible_text = {
    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM authsms_outbox WHERE ref = %s AND sender = %s)"
    " AND EXISTS (SELECT 1 FROM authsms_outbox WHERE state = 2 AND ref IS NULL"
    " AND due_at > CAST(%lld AS BIGINT))",
    NULL};
#define LATE "state <= 2 AND due_at <= %lld AND expires_at <= %lld AND body IS NOT NULL"
#define EXPIRE                                                                                     \
    "UPDATE authsms_outbox SET state = 5, body = NULL, error = 'expired', updated_at = %lld "      \
    "WHERE "
static const as_stmt_t expire = {EXPIRE "rowid IN (SELECT rowid FROM authsms_outbox WHERE " LATE
                                        " LIMIT %d)",
                                 EXPIRE "id = ANY (ARRAY(SELECT id FROM authsms_outbox WHERE " LATE
                                        " LIMIT %d FOR UPDATE SKIP LOCKED))"};
static const as_stmt_t purge =
    AS_ROW_PURGE("authsms_outbox", "id", "created_at <= %lld", "created_at");

apr_status_t as_outbox_insert(as_tx_t *tx, const as_outbox_text_t *row, as_outbox_state_t state)
{
    int number = (int)state;
    const apr_time_t *due_at = as_tx_is_pgsql(tx) ? NULL : &row->created_at;

    return as_stmt_exec(tx, &insert, NULL, AS_ROW_PARAMETERS(AS_OUTBOX_ROW), &number, due_at,
                        &row->created_at);
}

apr_status_t as_outbox_count_due(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                                 int most, int *count)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &count_due, &rows, site, &times->now,
                                    &times->expired_before, &times->wall_now, &most);

    *count = rv == APR_SUCCESS ? (int)as_rows_int(rows, 0, 0) : 0;
    return rv;
}

apr_status_t as_outbox_count_queued(as_tx_t *tx, int most, int *count)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &count_queued, &rows, &most);

    *count = rv == APR_SUCCESS ? (int)as_rows_int(rows, 0, 0) : 0;
    return rv;
}

apr_status_t as_outbox_claim(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                             apr_time_t until, const char *claim, as_outbox_text_t **text)
{
    as_outbox_text_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &claim_oldest, &rows, &until, claim, site, &times->now,
                                    &times->expired_before, &times->wall_now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        return APR_ENOENT;
    }
    AS_ROW_READ(AS_OUTBOX_ROW, rows, 0);
    *text = row;
    return APR_SUCCESS;
}

apr_status_t as_outbox_mark_sent(as_tx_t *tx, const char *id, const char *claim, const char *sender,
                                 const char *ref, apr_time_t now)
{
    int unclaimed = !claim;

    return as_stmt_exec(tx, &mark_sent, NULL, sender, ref, &now, id, claim, &unclaimed);
}

apr_status_t as_outbox_mark_failed(as_tx_t *tx, const char *id, const char *claim,
                                   const char *error, apr_time_t now)
{
    int unclaimed = !claim;

    return as_stmt_exec(tx, &mark_failed, NULL, error, &now, id, claim, &unclaimed);
}

apr_status_t as_outbox_schedule_retry(as_tx_t *tx, const char *id, const char *claim,
                                      apr_time_t due_at)
{
    int unclaimed = !claim;

    return as_stmt_exec(tx, &schedule_retry, NULL, &due_at, id, claim, &unclaimed);
}

apr_status_t as_outbox_cancel(as_tx_t *tx, const char *user_id, const char *kind, apr_time_t now)
{
    return as_stmt_exec(tx, &cancel, NULL, &now, user_id, kind);
}

apr_status_t as_outbox_cancel_codes(as_tx_t *tx, const char *user_id, apr_time_t now)
{
    return as_stmt_exec(tx, &cancel_codes, NULL, &now, user_id);
}

const char *as_outbox_state_name(as_outbox_state_t state)
{
    static const char *const names[] = {[AS_OUTBOX_SENDING] = "sending",
#define STATE_NAME(state, word) [AS_OUTBOX_##state] = (word),
                                        AS_RECEIPT_STATES(STATE_NAME)
#undef STATE_NAME
    };
    apr_size_t number = (apr_size_t)state;

    return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

apr_status_t as_outbox_list(as_tx_t *tx, const char *user_id, apr_array_header_t **texts)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &list, &rows, user_id);
    int count = rv == APR_SUCCESS ? as_rows_count(rows) : 0;

    *texts = apr_array_make(as_tx_pool(tx), count, sizeof(as_outbox_status_t *));
    for (int i = 0; i < count; i++) {
        as_outbox_status_t *row = apr_palloc(as_tx_pool(tx), sizeof(*row));

        AS_ROW_READ(AS_OUTBOX_STATUS_ROW, rows, i);
        APR_ARRAY_PUSH(*texts, as_outbox_status_t *) = row;
    }
    return rv;
}

static apr_status_t update_by_ref(as_tx_t *tx, const as_outbox_receipt_t *r, apr_time_t now,
                                  int *changed)
{
    int state = (int)r->state;

    return as_stmt_exec(tx, &record_by_ref, changed, &state, r->error, &now, r->ref, r->sender);
}

apr_status_t as_outbox_record_receipt(as_tx_t *tx, const as_outbox_receipt_t *r, apr_time_t now)
{
    int state = (int)r->state;
    apr_time_t lately, started;
    int changed = 0;
    as_rows_t *rows;
    apr_status_t rv;

    if (r->id) {
        return as_stmt_exec(tx, &record_by_id, NULL, &state, r->error, r->sender, r->ref, &now,
                            r->id, r->sender, r->ref);
    }
    rv = update_by_ref(tx, r, now, &changed);
    if (rv != APR_SUCCESS || changed) {
        return rv;
    }
    rv = as_jobs_read_clock(tx, &lately, &started);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    lately -= SENDING_MAX;
    rv = as_stmt_query(tx, &find_possible_text, &rows, r->ref, r->sender, &lately);
    if (rv != APR_SUCCESS || as_rows_count(rows)) {
        return rv == APR_SUCCESS ? APR_ENOENT : rv;
    }
    /* Each statement has its own snapshot: the reference may have been stored between the two. */
    return update_by_ref(tx, r, now, &changed);
}

apr_status_t as_outbox_expire(as_tx_t *tx, apr_time_t now, int limit, int *expired)
{
    apr_time_t by_database, started;
    apr_status_t rv = as_jobs_read_clock(tx, &by_database, &started);

    *expired = 0;
    return rv == APR_SUCCESS ? as_stmt_exec(tx, &expire, expired, &now, &by_database, &now, &limit)
                             : rv;
}

apr_status_t as_outbox_purge(as_tx_t *tx, apr_time_t before, int limit, int *deleted)
{
    return as_row_purge(tx, &purge, before, limit, deleted);
}
