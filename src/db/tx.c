/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "db/tx_private.h"

/* µs: a call of a repetition has at least this long */
enum { CALL_MIN = 100 * 1000 };

void as_tx_enter_call(as_tx_t *tx)
{
    apr_interval_time_t left;

    if (!tx->conn->is_pgsql) {
        return;
    }
    left = tx->is_repeated ? tx->retry_deadline - as_clock_monotonic() : 0;
    as_watchdog_enter(tx->watchdog, &tx->call, tx->conn->native,
                      tx->is_repeated && left < CALL_MIN ? CALL_MIN : left);
}

void as_tx_leave_call(as_tx_t *tx)
{
    if (tx->conn->is_pgsql) {
        as_watchdog_leave(tx->watchdog, &tx->call);
    }
}

int as_tx_run_command(as_tx_t *tx, const char *sql)
{
    int rows, ret;

    as_tx_enter_call(tx);
    ret = apr_dbd_query(tx->conn->driver, tx->conn->handle, &rows, sql);
    as_tx_leave_call(tx);
    return ret;
}

static apr_status_t status_of(as_fault_t fault)
{
    switch (fault) {
    case AS_FAULT_UNIQUE:
        return APR_EEXIST;
    case AS_FAULT_REFERENCE:
        return APR_ENOENT;
    default:
        return APR_EAGAIN;
    }
}

apr_status_t as_tx_note_fault(as_tx_t *tx, int ret, const char *sql)
{
    if (tx->fault == AS_FAULT_NONE) {
        tx->fault =
            as_fault_classify(tx->scratch, tx->conn->driver, tx->conn->handle, ret, &tx->code);
        tx->status = status_of(tx->fault);
        tx->sql = sql;
    }
    return tx->status;
}

void as_tx_clear_fault(as_tx_t *tx)
{
    tx->fault = AS_FAULT_NONE;
    tx->status = APR_SUCCESS;
    tx->call.is_cut = 0;
}

apr_pool_t *as_tx_pool(const as_tx_t *tx)
{
    return tx->results;
}

int as_tx_is_pgsql(const as_tx_t *tx)
{
    return tx->conn->is_pgsql;
}
