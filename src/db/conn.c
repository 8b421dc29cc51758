/* SPDX-License-Identifier: Apache-2.0 */
#include "db/conn.h"

#include <apr_strings.h>

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/driver.h"

enum { PQERRORS_SQLSTATE = 3 };                         /* libpq-fe.h */
enum { IN_TRANSACTION = 2, IN_FAILED_TRANSACTION = 3 }; /* PGTransactionStatusType */
enum { SQLITE_READONLY = 8 };                           /* https://www.sqlite.org/rescode.html */
enum { WAL_WAIT = APR_USEC_PER_SEC, WAL_PAUSE = 10 * 1000 /* µs */ };

static const char CONN_KEY[] = "authsms-connection";
static const char READY_KEY[] = "authsms-connection-ready";

/* The first field of the first row; NULL: there is none. */
static const char *read_field(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                              const char *sql)
{
    apr_dbd_results_t *res = NULL;
    apr_dbd_row_t *row = NULL;
    const char *field = NULL;

    if (apr_dbd_select(driver, p, handle, &res, sql, 1) == 0) {
        while (apr_dbd_get_row(driver, p, res, &row, -1) == 0) {
            field = field ? field : apr_pstrdup(p, apr_dbd_get_entry(driver, row, 0));
        }
    }
    return field;
}

/* Log once per process, since a connection does not know its database. */
static void warn_once(const as_log_t *log, _Atomic int *is_logged, const char *message,
                      const char *value)
{
    if (!atomic_exchange(is_logged, 1)) {
        as_log(log, AS_LOG_WARNING, 0, "%s%s", message, value);
    }
}

static apr_status_t prepare_pgsql(const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    int (*set_verbosity)(void *, int) = NULL;

    *(void **)&set_verbosity = as_driver_find_symbol("PQsetErrorVerbosity");
    if (!set_verbosity) {
        return APR_ENOTIMPL;
    }
    set_verbosity(apr_dbd_native_handle(driver, handle), PQERRORS_SQLSTATE);
    return APR_SUCCESS;
}

/*
 * When several processes open a new file, SQLite may return "busy" at once, in spite of
 * busy_timeout, to all but one of those that set WAL.
 */
static const char *set_wal(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    apr_time_t until = as_clock_monotonic() + WAL_WAIT;
    const char *mode;

    while (!(mode = read_field(p, driver, handle, "PRAGMA journal_mode=WAL")) &&
           as_clock_monotonic() < until) {
        apr_sleep(WAL_PAUSE);
    }
    return mode;
}

/*
 * busy_timeout serves the change to WAL alone: SQLite waits inside a mutex of the driver that all
 * connections of the process share, and the driver repeats a busy call sixteen times.
 */
static apr_status_t prepare_sqlite(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                                   const as_log_t *log)
{
    static _Atomic int warned;
    const char *mode, *foreign_keys;

    read_field(p, driver, handle, "PRAGMA busy_timeout=500");
    mode = set_wal(p, driver, handle);
    if (!mode) {
        return APR_EAGAIN;
    }
    read_field(p, driver, handle, "PRAGMA synchronous=NORMAL");
    read_field(p, driver, handle, "PRAGMA foreign_keys=ON");
    foreign_keys = read_field(p, driver, handle, "PRAGMA foreign_keys");
    read_field(p, driver, handle, "PRAGMA busy_timeout=0");
    if (strcmp(mode, "wal") != 0) {
        warn_once(log, &warned,
                  AS_TAG(0208) "SQLite cannot use its write-ahead log, so readers and writers "
                               "block each other: chown the database file and its directory to the "
                               "user that httpd runs as; the journal mode is ",
                  mode);
    }
    return foreign_keys && !strcmp(foreign_keys, "1") ? APR_SUCCESS : APR_EAGAIN;
}

int as_conn_is_read_only(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    void *native = apr_dbd_native_handle(driver, handle);
    int (*is_readonly)(void *, const char *) = NULL;
    int (*errcode)(void *) = NULL;
    const char *checkpoint;

    if (!as_driver_is_sqlite(driver)) {
        return 0;
    }
    *(void **)&is_readonly = as_driver_find_symbol("sqlite3_db_readonly");
    *(void **)&errcode = as_driver_find_symbol("sqlite3_errcode");
    /* It writes nothing and does not wait, but fails on a connection that cannot write. */
    checkpoint = read_field(p, driver, handle, "PRAGMA wal_checkpoint(PASSIVE)");
    return (!checkpoint && errcode && errcode(native) == SQLITE_READONLY) ||
           (is_readonly && is_readonly(native, "main") == 1);
}

apr_status_t as_conn_prepare(apr_pool_t *pool, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             const as_log_t *log)
{
    static _Atomic int warned;
    apr_pool_t *scratch;
    apr_status_t rv = apr_pool_create(&scratch, pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_driver_is_pgsql(driver)) {
        rv = prepare_pgsql(driver, handle);
    } else if (as_driver_is_sqlite(driver)) {
        rv = prepare_sqlite(scratch, driver, handle, log);
    } else {
        warn_once(log, &warned,
                  AS_TAG(0209) "this database driver is not supported, set DBDriver to "
                               "pgsql or sqlite3: ",
                  apr_dbd_name(driver));
        rv = APR_ENOTIMPL;
    }
    apr_pool_destroy(scratch);
    return rv == APR_SUCCESS ? apr_pool_userdata_set("", READY_KEY, NULL, pool) : rv;
}

static int has_symbols(const as_conn_t *conn)
{
    return conn->is_pgsql
               ? conn->pq_transaction && as_driver_find_symbol("PQsocket")
               : conn->sqlite_autocommit && as_driver_find_symbol("sqlite3_extended_errcode");
}

static as_conn_t *make_record(apr_pool_t *pool, const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    as_conn_t *conn = apr_pcalloc(pool, sizeof(*conn));

    conn->driver = driver;
    conn->handle = handle;
    conn->pool = pool;
    conn->native = apr_dbd_native_handle(driver, handle);
    conn->is_pgsql = as_driver_is_pgsql(driver);
    conn->statements = apr_hash_make(pool);
    *(void **)&conn->pq_transaction = as_driver_find_symbol("PQtransactionStatus");
    *(void **)&conn->sqlite_autocommit = as_driver_find_symbol("sqlite3_get_autocommit");
    return conn;
}

apr_status_t as_conn_get(apr_pool_t *pool, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                         const as_log_t *log, as_conn_t **conn, const char **reason)
{
    void *data = NULL;

    *reason = NULL;
    apr_pool_userdata_get(&data, CONN_KEY, pool);
    if (data) {
        *conn = data;
        return APR_SUCCESS;
    }
    apr_pool_userdata_get(&data, READY_KEY, pool);
    if (!data) {
        apr_status_t rv = as_conn_prepare(pool, driver, handle, log);

        if (rv != APR_SUCCESS) {
            *reason = apr_dbd_error(driver, handle, 1);
            return rv;
        }
    }
    *conn = make_record(pool, driver, handle);
    return has_symbols(*conn) ? apr_pool_userdata_set(*conn, CONN_KEY, NULL, pool) : APR_ENOTIMPL;
}

int as_conn_in_transaction(const as_conn_t *conn)
{
    int status;

    if (!conn->is_pgsql) {
        return !conn->sqlite_autocommit(conn->native);
    }
    status = conn->pq_transaction(conn->native);
    return status == IN_TRANSACTION || status == IN_FAILED_TRANSACTION;
}
