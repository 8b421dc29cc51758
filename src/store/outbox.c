/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outbox.h"

#include "store/jobs.h"
#include "store/row.h"

/* What is sent while its request waits is sent, or given up, after so long. */
#define SENDING_MAX apr_time_from_sec(60)

/* Queued and due, or under a claim that is over. */
#define WAITS                                                                                      \
    "state <= 2 AND due_at <= %lld AND (state = 1 OR due_at <= %lld) AND expires_at > %lld"        \
    " AND body IS NOT NULL"
#define NEXT "(SELECT id FROM authsms_outbox WHERE site = %s AND " WAITS " ORDER BY due_at LIMIT 1"

/* Due at once. NULL: by PostgreSQL's clock. */
#define INSERT(due)                                                                                \
    "INSERT INTO authsms_outbox (id, user_id, site, kind, code_id, mobile, body, state, attempts," \
    " created_at, due_at, expires_at, updated_at) VALUES"                                          \
    " (%s, %s, %s, %s, %s, %s, %s, %d, 0, %lld, " due ", %lld, %lld)"
static const as_stmt_t insert = {INSERT("%lld"),
                                 INSERT("COALESCE(CAST(%lld AS BIGINT), " AS_CLOCK_PGSQL ")")};
static const as_stmt_t count_due = {
    "SELECT count(*) FROM (SELECT 1 FROM authsms_outbox WHERE site = %s AND " WAITS
    " LIMIT %d) AS due",
    NULL};
#define CLAIM(next)                                                                                \
    "UPDATE authsms_outbox SET state = 2, due_at = %lld, claim = %s, attempts = attempts + 1"      \
    " WHERE id = " next ") RETURNING id, user_id, site, kind, code_id, mobile, body, attempts,"    \
    " created_at, expires_at"
static const as_stmt_t claim_next = {CLAIM(NEXT), CLAIM(NEXT " FOR UPDATE SKIP LOCKED")};
#define OF_CLAIM " WHERE id = %s AND (claim = %s OR (claim IS NULL AND CAST(%d AS INTEGER) = 1))"
static const as_stmt_t sent = {
    /* Its receipt may have come first, and brought the reference. */
    "UPDATE authsms_outbox SET"
    " state = CASE WHEN state = 4 OR (state = 5 AND ref IS NOT NULL) THEN state ELSE 3 END,"
    " error = CASE WHEN state = 5 AND ref IS NOT NULL THEN error END,"
    " body = NULL, sender = %s, ref = %s, updated_at = %lld" OF_CLAIM,
    NULL};
static const as_stmt_t failed = {
    "UPDATE authsms_outbox SET state = 5, body = NULL, error = %s, updated_at = %lld" OF_CLAIM
    " AND state <= 2",
    NULL};
static const as_stmt_t retry = {
    "UPDATE authsms_outbox SET state = 1, due_at = %lld" OF_CLAIM " AND state = 2", NULL};
static const as_stmt_t cancel = {
    "UPDATE authsms_outbox SET state = 5, body = NULL, error = 'superseded', updated_at = %lld"
    " WHERE user_id = %s AND kind = %s AND state <= 2 AND body IS NOT NULL",
    NULL};
static const as_stmt_t receipt_by_id = {
    "UPDATE authsms_outbox SET state = %d, error = %s, body = NULL, sender = %s, ref = %s,"
    " updated_at = %lld WHERE id = %s AND state <= 3"
    " AND (sender = %s OR sender IS NULL) AND (ref = %s OR ref IS NULL)",
    NULL};
static const as_stmt_t receipt_by_ref = {
    "UPDATE authsms_outbox SET state = %d, error = %s, updated_at = %lld"
    " WHERE ref = %s AND sender = %s AND state IN (2, 3)",
    NULL};
/* No text has this reference, and a text whose reference is not stored yet is being sent. due_at
 * is the end of its claim, or the time when a request began to send it. */
static const as_stmt_t may_come = {
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
static const as_stmt_t sweep = AS_PURGE("authsms_outbox", "id", "created_at <= %lld", "created_at");

apr_status_t as_outbox_insert(as_tx_t *tx, const as_outbox_text_t *t, as_outbox_state_t state)
{
    int number = (int)state;
    const apr_time_t *due_at = as_tx_is_pgsql(tx) ? NULL : &t->created_at;

    return as_stmt_exec(tx, &insert, NULL, t->id, t->user_id, t->site, t->kind, t->code_id,
                        t->mobile, t->sealed, &number, &t->created_at, due_at, &t->expires_at,
                        &t->created_at);
}

apr_status_t as_outbox_count_due(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                                 int most, int *count)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &count_due, &rows, site, &times->now, &times->claims_end,
                                    &times->wall, &most);

    *count = rv == APR_SUCCESS ? (int)as_rows_int(rows, 0, 0) : 0;
    return rv;
}

apr_status_t as_outbox_claim(as_tx_t *tx, const char *site, const as_outbox_times_t *times,
                             apr_time_t until, const char *claim, as_outbox_text_t **text)
{
    as_outbox_text_t *t = apr_pcalloc(as_tx_pool(tx), sizeof(*t));
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &claim_next, &rows, &until, claim, site, &times->now,
                                    &times->claims_end, &times->wall);
    int i = 0;

    if (rv != APR_SUCCESS || as_rows_count(rows) == 0) {
        return rv == APR_SUCCESS ? APR_ENOENT : rv;
    }
    t->id = as_rows_text(rows, 0, i++);
    t->user_id = as_rows_text(rows, 0, i++);
    t->site = as_rows_text(rows, 0, i++);
    t->kind = as_rows_text(rows, 0, i++);
    t->code_id = as_rows_text(rows, 0, i++);
    t->mobile = as_rows_text(rows, 0, i++);
    t->sealed = as_rows_text(rows, 0, i++);
    t->attempts = (int)as_rows_int(rows, 0, i++);
    t->created_at = as_rows_int(rows, 0, i++);
    t->expires_at = as_rows_int(rows, 0, i++);
    *text = t;
    return APR_SUCCESS;
}

apr_status_t as_outbox_mark_sent(as_tx_t *tx, const char *id, const char *claim, const char *sender,
                                 const char *ref, apr_time_t now)
{
    int unclaimed = !claim;

    return as_stmt_exec(tx, &sent, NULL, sender, ref, &now, id, claim, &unclaimed);
}

apr_status_t as_outbox_mark_failed(as_tx_t *tx, const char *id, const char *claim,
                                   const char *error, apr_time_t now)
{
    int unclaimed = !claim;

    return as_stmt_exec(tx, &failed, NULL, error, &now, id, claim, &unclaimed);
}

apr_status_t as_outbox_schedule_retry(as_tx_t *tx, const char *id, const char *claim,
                                      apr_time_t due_at)
{
    int unclaimed = !claim;

    return as_stmt_exec(tx, &retry, NULL, &due_at, id, claim, &unclaimed);
}

apr_status_t as_outbox_cancel(as_tx_t *tx, const char *user_id, const char *kind, apr_time_t now)
{
    return as_stmt_exec(tx, &cancel, NULL, &now, user_id, kind);
}

static apr_status_t record_by_ref(as_tx_t *tx, const as_outbox_receipt_t *r, apr_time_t now,
                                  int *changed)
{
    int state = (int)r->state;

    return as_stmt_exec(tx, &receipt_by_ref, changed, &state, r->error, &now, r->ref, r->sender);
}

apr_status_t as_outbox_record_receipt(as_tx_t *tx, const as_outbox_receipt_t *r, apr_time_t now)
{
    int state = (int)r->state;
    apr_time_t lately, started;
    int changed = 0;
    as_rows_t *rows;
    apr_status_t rv;

    if (r->id) {
        return as_stmt_exec(tx, &receipt_by_id, NULL, &state, r->error, r->sender, r->ref, &now,
                            r->id, r->sender, r->ref);
    }
    rv = record_by_ref(tx, r, now, &changed);
    if (rv != APR_SUCCESS || changed) {
        return rv;
    }
    rv = as_jobs_read_clock(tx, &lately, &started);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    lately -= SENDING_MAX;
    rv = as_stmt_query(tx, &may_come, &rows, r->ref, r->sender, &lately);
    if (rv != APR_SUCCESS || as_rows_count(rows)) {
        return rv == APR_SUCCESS ? APR_ENOENT : rv;
    }
    /* Each statement has a snapshot of its own: the reference may have come between the two. */
    return record_by_ref(tx, r, now, &changed);
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
    return as_row_purge(tx, &sweep, before, limit, deleted);
}
