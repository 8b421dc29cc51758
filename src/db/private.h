/* SPDX-License-Identifier: Apache-2.0 */
/* What the db*.c files share. Nobody else includes it. */
#ifndef AS_DB_PRIVATE_H
#define AS_DB_PRIVATE_H

#include <apr_hash.h>

#include "base/semaphore.h"
#include "db/unit.h"

typedef enum as_fault_t {
    AS_FAULT_NONE,
    AS_FAULT_LOST,      /* the connection is gone */
    AS_FAULT_CONFLICT,  /* another unit was in the way */
    AS_FAULT_READONLY,  /* the server takes no writes; another one may by now */
    AS_FAULT_SCHEMA,    /* the prepared statements are stale (SQLite) */
    AS_FAULT_UNIQUE,    /* a key is there already */
    AS_FAULT_REFERENCE, /* what a foreign key points to is not there */
    AS_FAULT_OTHER
} as_fault_t;

/* What is known of a connection; lives in the userdata of its pool. */
typedef struct as_conn_t {
    int pgsql;
    void *native;           /* PGconn, sqlite3 */
    apr_hash_t *statements; /* by as_stmt_t's address */
    int (*pq_socket)(const void *conn);
    int (*pq_transaction)(const void *conn);
    int (*sqlite_errcode)(void *conn);
    int (*sqlite_autocommit)(void *conn);
    int checked;   /* as_conn_check was content with its server */
    int read_only; /* the server took no writes then */
} as_conn_t;

typedef struct as_watchdog_t as_watchdog_t;

/* A call that the watchdog looks after. */
typedef struct as_watchdog_call_t {
    apr_time_t deadline; /* as_clock_monotonic's */
    const as_conn_t *conn;
    int cut; /* it took too long, and its connection was shut */
    int listed;
    struct as_watchdog_call_t *prev;
    struct as_watchdog_call_t *next;
} as_watchdog_call_t;

struct as_db_t {
    as_db_options_t options;
    as_semaphore_t *slots;
    as_semaphore_t *probing; /* one place */
    as_watchdog_t *watchdog;
    _Atomic apr_time_t down_until; /* as_clock_monotonic's; 0: the database is reachable */
    _Atomic int refused;           /* units, since it was not */
    _Atomic apr_time_t failed_at;  /* as_db_failed_at */
    _Atomic apr_time_t full_logged;
    _Atomic int told;   /* as_db_first_time */
    _Atomic int looked; /* as_conn_check_settings */
    _Atomic int closed; /* its pool is being destroyed */
};

struct as_tx_t {
    as_db_t *db;
    apr_pool_t *results; /* the caller's */
    apr_pool_t *scratch; /* the unit's own */
    as_source_lease_t h;
    as_conn_t *conn;
    apr_time_t started;
    apr_time_t ends_by; /* of all repetitions; calls of the first try have the whole bound */
    int repeated;
    int found; /* on a new connection, what an older one did not have */
    /* What has to be undone at the end. */
    int entered, borrowed, locked, open;
    int write;
    int unknown; /* the connection was lost in COMMIT */
    as_fault_t fault;
    apr_status_t status; /* of the fault */
    const char *code;    /* SQLSTATE or errcode, for the log */
    const char *sql;     /* what failed; it holds no values */
    as_watchdog_call_t call;
};

/* The record of a borrowed connection, made at its first use; or h->why. */
apr_status_t as_conn_get(as_source_lease_t *h, const as_log_t *log, as_conn_t **conn);
/* As if its server had gone (PostgreSQL). */
void as_conn_shut(const as_conn_t *conn);
/* Is it in a transaction that the unit did not begin? */
int as_conn_in_transaction(const as_conn_t *conn);
/* Once for each database: warn of what the connection's settings lack. Within a unit, for the
 * watchdog to look after it: behind a pooler a connection is there whether its server answers or
 * not. */
void as_conn_check_settings(as_tx_t *tx);
/*
 * The first statement of a connection: does a server answer behind it (a pooler accepts without
 * one), and is it no standby? One round trip on PostgreSQL, once a connection. *why: what is wrong.
 */
apr_status_t as_conn_check(as_tx_t *tx, const char **why);
int as_driver_is_pgsql(const apr_dbd_driver_t *driver);
/* A function of the driver's library (libpq, libsqlite3); NULL: not found. No link dependency. */
void *as_driver_find_symbol(const char *name);

/* What a call of apr_dbd that returned ret != 0 means; *code for the log, from p. */
as_fault_t as_fault_classify(apr_pool_t *p, const as_source_lease_t *h, const as_conn_t *conn,
                             int ret, const char **code);

/* A text run as it is, guarded by the watchdog: apr_dbd's number. */
int as_tx_run_command(as_tx_t *tx, const char *sql);
/* Note the first fault of the unit; returns its status. */
apr_status_t as_tx_note_fault(as_tx_t *tx, int ret, const char *sql);
/* As if there had been none. */
void as_tx_clear_fault(as_tx_t *tx);

/*
 * One thread for each as_db_t, begun at the first call, which shuts the socket of a PostgreSQL
 * connection whose server has not answered within `bound`, or a call's own shorter limit: the
 * kernel of a stopped server still acknowledges, so that neither statement_timeout nor any TCP
 * setting ends the wait.
 */
apr_status_t as_watchdog_create(apr_pool_t *p, apr_interval_time_t bound, as_watchdog_t **w);
/* limit: 0 is `bound`. */
void as_watchdog_enter(as_watchdog_t *w, as_watchdog_call_t *call, const as_conn_t *conn,
                       apr_interval_time_t limit);
void as_watchdog_leave(as_watchdog_t *w, as_watchdog_call_t *call);
/* No call has any time left, now or later. */
void as_watchdog_cut_all(as_watchdog_t *w);

#endif
