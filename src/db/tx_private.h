/* SPDX-License-Identifier: Apache-2.0 */
/* The record of as_tx_t, and calls limited by the watchdog. For src/db only. */
#ifndef AS_DB_TX_PRIVATE_H
#define AS_DB_TX_PRIVATE_H

#include "base/log.h"
#include "db/conn.h"
#include "db/fault.h"
#include "db/tx.h"
#include "db/watchdog.h"

struct as_tx_t {
    apr_pool_t *results; /* the caller's */
    apr_pool_t *scratch; /* the unit's own */
    const as_log_t *log;
    as_watchdog_t *watchdog;
    as_conn_t *conn; /* NULL: none is borrowed */
    /* Deadline of all retries. Calls of the first attempt have the whole bound. */
    apr_time_t retry_deadline;
    int is_repeated;
    as_fault_t fault;    /* the first one: all later statements fail with the same status */
    apr_status_t status; /* of the fault */
    const char *code;    /* SQLSTATE or SQLite code, for the log */
    const char *sql;     /* the failed statement; it holds no values */
    as_watchdog_call_t call;
};

/* Around each call that waits for a PostgreSQL server. */
void as_tx_enter_call(as_tx_t *tx);
void as_tx_leave_call(as_tx_t *tx);

/* Run a text by apr_dbd_query, whether the unit has a fault or not; apr_dbd's return value. */
int as_tx_run_command(as_tx_t *tx, const char *sql);

/* Note the fault of a call that returned ret, if it is the unit's first. APR_EEXIST, APR_ENOENT: a
 * unique key, a foreign key; APR_EAGAIN: any other. */
apr_status_t as_tx_note_fault(as_tx_t *tx, int ret, const char *sql);
void as_tx_clear_fault(as_tx_t *tx);

#endif
