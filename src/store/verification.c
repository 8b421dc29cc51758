/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verification.h"

#include "store/codes.h"
#include "store/outbox.h"
#include "store/users.h"

/* Each part reads the one before it, so rows are locked in the order of all units (db/unit.h). */
static const as_stmt_t complete = {
    NULL, "WITH account AS (" AS_USERS_VERIFY " RETURNING id),"
          " used AS (" AS_CODES_CONSUME " AND user_id IN (SELECT id FROM account) RETURNING id),"
          " cancelled AS (" AS_OUTBOX_CANCEL " AND EXISTS (SELECT 1 FROM used))"
          " SELECT id FROM used"};

static apr_status_t complete_one_by_one(as_tx_t *tx, const char *user_id, const char *mobile,
                                        const char *code_id, const char *text_kind, apr_time_t now)
{
    apr_status_t rv = as_users_verify(tx, user_id, mobile, now);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_consume(tx, code_id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_outbox_cancel(tx, user_id, text_kind, now);
}

apr_status_t as_verification_complete(as_tx_t *tx, const char *user_id, const char *mobile,
                                      const char *code_id, const char *text_kind, apr_time_t now)
{
    as_rows_t *rows;
    apr_status_t rv;

    if (!as_tx_is_pgsql(tx)) {
        return complete_one_by_one(tx, user_id, mobile, code_id, text_kind, now);
    }
    rv = as_stmt_query(tx, &complete, &rows, &now, &now, user_id, mobile, code_id, &now, user_id,
                       text_kind);
    return rv == APR_SUCCESS && as_rows_count(rows) == 0 ? APR_ENOENT : rv;
}
