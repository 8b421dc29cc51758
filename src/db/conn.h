/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: its preparation, and the record that is kept in its pool. */
#ifndef AS_DB_CONN_H
#define AS_DB_CONN_H

#include <apr_dbd.h>
#include <apr_hash.h>
#include <apr_pools.h>

#include "base/log.h"

typedef struct as_conn_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool; /* lives as long as the connection: statements are prepared on it */
    void *native;     /* PGconn, sqlite3 */
    int is_pgsql;
    apr_hash_t *statements; /* prepared ones, by the address of their as_stmt_t */
    int (*pq_transaction)(const void *conn);
    int (*sqlite_autocommit)(void *conn);
    int is_checked;   /* as_settings_check_role was successful */
    int is_read_only; /* the server accepted no writes then */
} as_conn_t;

/*
 * Set up a new connection (error verbosity on PostgreSQL, pragmas on SQLite). For mod_dbd's
 * post_connect hook and for sources; pool is the connection's. as_conn_get does it for connections
 * that were not prepared. No round trip to a PostgreSQL server. APR_ENOTIMPL: another driver, or a
 * function of the client library is missing. APR_EAGAIN: the driver's last error has the reason.
 */
apr_status_t as_conn_prepare(apr_pool_t *pool, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             const as_log_t *log);

/*
 * SQLite: can this new connection only read, because the database file or one beside it could not
 * be opened for writing? That lasts as long as any connection that the process opened at that time.
 * 0 for other drivers.
 */
int as_conn_is_read_only(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle);

/* The record of a connection, created at its first use. Errors as of as_conn_prepare; *reason: the
 * driver's text, NULL: none. */
apr_status_t as_conn_get(apr_pool_t *pool, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         const as_log_t *log, as_conn_t **conn, const char **reason);

/* Did the last user of a just borrowed connection leave a transaction open? */
int as_conn_in_transaction(const as_conn_t *conn);

#endif
