/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that calls apr_dbd: units of work, statements, results, one classification of
 * errors, the retry rule, both dialects. It is given a way to borrow a connection: mod_dbd's pool
 * in httpd, apr_dbd itself in authsmsctl and unit tests.
 */
#ifndef AS_DB_UNIT_H
#define AS_DB_UNIT_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "base/log.h"

typedef struct as_db_t as_db_t; /* one database, as one child reaches it */
typedef struct as_tx_t as_tx_t; /* one unit of work on one connection */

/* A borrowed connection. */
typedef struct as_source_lease_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool;     /* lives as long as the connection: statements are prepared on it */
    void *lease;          /* the source's own */
    const char *why;      /* there is none: in the driver's words; NULL: the source has told it */
    apr_time_t opened_at; /* as_clock_monotonic's, when opening began; 0: unknown */
} as_source_lease_t;

/* What becomes of a connection that is given back. */
typedef enum as_source_return_t {
    AS_SOURCE_KEEP,
    AS_SOURCE_CLOSE,
    /* Its server is gone or takes no writes any more: it is closed, and so is every connection that
     * was opened before now, before its next use. They may lead to the same server. */
    AS_SOURCE_CLOSE_OLDER,
    /* It leads to another server than older ones do: it is kept, and they are closed likewise. */
    AS_SOURCE_KEEP_CLOSE_OLDER
} as_source_return_t;

typedef struct as_source_t {
    /* Borrow a connection that was opened at `since` (as_clock_monotonic's) or later; 0: any.
     * APR_TIMEUP: all are in use; else: the server cannot be reached. */
    apr_status_t (*borrow)(void *ctx, apr_pool_t *p, apr_time_t since, as_source_lease_t *h);
    /* Give it back; exactly once for each borrow. */
    void (*give_back)(void *ctx, as_source_lease_t *h, as_source_return_t what);
    /* The process ends: who waits for a connection gets none. NULL: nobody waits. */
    void (*stop)(void *ctx);
    void *ctx;
} as_source_t;

typedef struct as_db_options_t {
    as_source_t source;
    int slots;                /* connections that the source can lend at once (DBDMax) */
    apr_interval_time_t wait; /* for a slot; 0: 200 ms */
    /* A server that has not answered a statement after this long is given up (PostgreSQL); 0: 3.5
     * s. Longer than statement_timeout, which ends a statement of a server that still works. */
    apr_interval_time_t bound;
    /* One writer at a time over all processes (SQLite); NULL: not needed. */
    apr_status_t (*writer_lock)(void *ctx);
    void (*writer_unlock)(void *ctx);
    void *writer_ctx;
    /* SIGHUP and SIGTERM end the process in the middle of what its thread does: not of a unit. */
    int defer_signals;
    const as_log_t *log;
} as_db_options_t;

/*
 * When p ends, units that other threads are in get a second to end by themselves. After that
 * connections to PostgreSQL are shut, and what has not ended yet (SQLite, waiting for its file) is
 * waited for 6 s longer. APR_EINVAL: there are no slots.
 */
apr_status_t as_db_create(apr_pool_t *p, const as_db_options_t *options, as_db_t **db);

/*
 * What a connection needs before its first statement (verbosity on PostgreSQL; pragmas on SQLite).
 * For mod_dbd's post_connect hook and for sources of one's own; p is the connection's pool. One
 * that was not prepared is at its first use. Asks nothing of a PostgreSQL server.
 */
apr_status_t as_conn_prepare(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             const as_log_t *log);

/*
 * SQLite: can the connection only read, because the database file or one of those beside it could
 * not be opened for writing? It stays so for as long as any connection of the process lives that
 * was opened then. For a connection that was just opened; 0 for other drivers.
 */
int as_conn_is_read_only(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle);

/*
 * A unit of work, never within another one. It may be run again from its start (up to three times)
 * when the connection was lost, so it keeps its results in the baton and does nothing but database
 * work. After a failed statement all further ones fail alike, and nothing is committed. A write
 * unit stands in a transaction, committed when it returns APR_SUCCESS and rolled back otherwise: an
 * outcome that must be kept (a counted attempt) is APR_SUCCESS with its word in the baton.
 *
 * All units take locks in one order, so that no two of them deadlock on PostgreSQL:
 *   1. jobs
 *   2. limits of one account, then the number (as_codes_lock_number, the limit sms/number)
 *   3. users: before anything that refers to an account, even if only its code or text changes
 *   4. codes, sessions, addresses
 *   5. limits that many accounts share (sms/ip, sms/total)
 *   6. outbox
 */
typedef apr_status_t as_db_work_fn(as_tx_t *tx, void *baton);

/*
 * Run a unit. APR_EAGAIN: the database cannot be asked now, or (write) it is not known whether the
 * COMMIT arrived; the reason is in the log. APR_EEXIST or APR_ENOENT of a statement: a key was
 * there, or what a foreign key points to was not. Else what `work` returned.
 */
apr_status_t as_db_read(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);
apr_status_t as_db_write(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);

/*
 * The same for a unit whose APR_ENOENT ("no such row") refuses a valid token or reports success for
 * something that had no effect. A server that was the primary lacks the rows of its successor, so
 * on PostgreSQL such a result counts only on a connection that was opened within the last 2 s:
 * otherwise the unit is run once more, on a new connection.
 */
apr_status_t as_db_read_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);
apr_status_t as_db_write_confirmed(as_db_t *db, apr_pool_t *p, as_db_work_fn *work, void *baton);

/* When did the database last fail this process (as_clock_monotonic's)? 0: never. */
apr_time_t as_db_failed_at(const as_db_t *db);

/* ---- for the files of this folder ---- */

/* One statement. `pgsql` NULL: the same text serves both. Parameters are %s, %d, %lld (apr_dbd's),
 * at run time given as pointers: const char *, const int *, const apr_int64_t *; NULL is SQL NULL.
 */
typedef struct as_stmt_t {
    const char *sqlite;
    const char *pgsql;
} as_stmt_t;

typedef struct as_rows_t as_rows_t;

/* A statement without rows; *rows_changed may be NULL. */
apr_status_t as_stmt_exec(as_tx_t *tx, const as_stmt_t *stmt, int *rows_changed, ...);
/* A statement with rows (SELECT, … RETURNING); all rows are fetched, so nothing is left open. */
apr_status_t as_stmt_query(as_tx_t *tx, const as_stmt_t *stmt, as_rows_t **rows, ...);
/* A text run as it is (DDL, several statements on SQLite one by one). */
apr_status_t as_stmt_run_text(as_tx_t *tx, const char *sql);

int as_rows_count(const as_rows_t *rows);
/* Text of a field, living in the unit's result pool; NULL for SQL NULL. */
const char *as_rows_text(const as_rows_t *rows, int row, int column);
/* Number of a field; 0 for SQL NULL. */
apr_int64_t as_rows_int(const as_rows_t *rows, int row, int column);

/* 1 at the first call for this database, else 0: for a log line that is not wanted with each
 * request. */
int as_db_first_time(as_db_t *db);

/* The log that as_db_create was given. */
const as_log_t *as_db_log(const as_db_t *db);

/* Where results may be copied to: the pool given to as_db_read or as_db_write. */
apr_pool_t *as_tx_pool(const as_tx_t *tx);
int as_tx_is_pgsql(const as_tx_t *tx);

#endif
