/* SPDX-License-Identifier: Apache-2.0 */
#include "db/private.h"

#include <apr_strings.h>

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

/* From libpq-fe.h: part of its stable ABI. */
enum { PQERRORS_SQLSTATE = 3 };
typedef struct conninfo_t {
    char *keyword, *envvar, *compiled, *val, *label, *dispchar;
    int dispsize;
} conninfo_t;

enum { SQLITE_READONLY = 8 }; /* https://www.sqlite.org/rescode.html */
enum { WAL_WAIT = APR_USEC_PER_SEC, WAL_PAUSE = 10 * 1000 /* µs */ };

static const char CONN_KEY[] = "authsms-connection";
static const char READY_KEY[] = "authsms-connection-ready";

void *as_driver_find_symbol(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

int as_driver_is_pgsql(const apr_dbd_driver_t *driver)
{
    return !strcmp(apr_dbd_name(driver), "pgsql");
}

/* The first field of the first row; NULL when there is none. */
static const char *ask(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                       const char *sql)
{
    apr_dbd_results_t *res = NULL;
    apr_dbd_row_t *row = NULL;
    const char *answer = NULL;

    if (apr_dbd_select(driver, p, handle, &res, sql, 1) == 0) {
        while (apr_dbd_get_row(driver, p, res, &row, -1) == 0) {
            answer = answer ? answer : apr_pstrdup(p, apr_dbd_get_entry(driver, row, 0));
        }
    }
    return answer;
}

static const char *conninfo(const conninfo_t *info, const char *keyword)
{
    for (; info && info->keyword; info++) {
        if (!strcmp(info->keyword, keyword)) {
            return info->val ? info->val : "";
        }
    }
    return "";
}

static int is_set(const char *value)
{
    return value && *value && strcmp(value, "0") != 0;
}

/* Once in a process: a connection does not know its database. */
static void say_once(const as_log_t *log, _Atomic int *said, const char *message, const char *what)
{
    if (!atomic_exchange(said, 1)) {
        as_log(log, AS_LOG_WARNING, 0, "%s%s", message, what);
    }
}

/* What bounds a wait, and is not there. timeout: of statements, "" when it is not known. */
static const char *missing_bounds(apr_pool_t *p, const void *conn, const char *timeout)
{
    conninfo_t *(*get)(const void *) = NULL;
    void (*release)(conninfo_t *) = NULL;
    const char *(*host)(const void *) = NULL;
    const char *lacks = !*timeout || is_set(timeout) ? "" : " options='-c statement_timeout=3000'";
    conninfo_t *info;

    *(void **)&get = as_driver_find_symbol("PQconninfo");
    *(void **)&release = as_driver_find_symbol("PQconninfoFree");
    *(void **)&host = as_driver_find_symbol("PQhost");
    info = get && release && host ? get(conn) : NULL;
    if (info) {
        const char *address = host(conn);

        if (!is_set(conninfo(info, "connect_timeout"))) {
            lacks = apr_pstrcat(p, lacks, " connect_timeout=2", NULL);
        }
        if (address && *address != '/' && *address != '@') {
            if (!is_set(conninfo(info, "tcp_user_timeout"))) {
                lacks = apr_pstrcat(p, lacks, " tcp_user_timeout=3000", NULL);
            }
            if (!is_set(conninfo(info, "keepalives_idle"))) {
                lacks = apr_pstrcat(
                    p, lacks, " keepalives_idle=5 keepalives_interval=2 keepalives_count=2", NULL);
            }
        }
        release(info);
    }
    return !*timeout || is_set(timeout)
               ? lacks
               : apr_pstrcat(p, lacks,
                             " (behind pgbouncer: ALTER ROLE NAME SET statement_timeout = '3s')",
                             NULL);
}

/* Names and numbers are sent as UTF-8. */
static void warn_of_encodings(const void *conn, const as_log_t *log)
{
    const char *(*status)(const void *, const char *) = NULL;
    const char *client, *server;

    *(void **)&status = as_driver_find_symbol("PQparameterStatus");
    client = status ? status(conn, "client_encoding") : NULL;
    server = status ? status(conn, "server_encoding") : NULL;
    if (server && strcmp(server, "UTF8") != 0) {
        as_log(log, AS_LOG_WARNING, 0,
               "the database cannot hold every name: make it anew with ENCODING 'UTF8'; it has %s",
               server);
    } else if (client && strcmp(client, "UTF8") != 0) {
        as_log(log, AS_LOG_WARNING, 0,
               "names are not stored as what they are: add to DBDParams client_encoding=UTF8; it "
               "is %s",
               client);
    }
}

/* An engine that speaks PostgreSQL's protocol, by its version(); NULL: PostgreSQL itself. */
static const char *untested_engine(const char *version)
{
    if (!version) {
        return NULL;
    }
    if (!strncmp(version, "CockroachDB", strlen("CockroachDB"))) {
        return "CockroachDB";
    }
    return strstr(version, "-YB-") ? "YugabyteDB" : NULL;
}

void as_conn_check_settings(as_tx_t *tx)
{
    static const as_stmt_t ask_settings = {"SELECT current_setting('statement_timeout'), version()",
                                           NULL};
    const as_log_t *log = as_db_log(tx->db);
    const char *lacks, *engine;
    as_rows_t *rows;

    if (!tx->conn->pgsql || atomic_exchange(&tx->db->looked, 1)) {
        return;
    }
    if (as_stmt_query(tx, &ask_settings, &rows) != APR_SUCCESS) {
        as_tx_clear_fault(tx);
        atomic_store(&tx->db->looked, 0);
        return;
    }
    lacks = missing_bounds(tx->scratch, tx->conn->native, as_rows_text(rows, 0, 0));
    if (*lacks) {
        as_log(log, AS_LOG_WARNING, 0,
               "a database that hangs can hold requests for long: add to DBDParams%s", lacks);
    }
    engine = untested_engine(as_rows_text(rows, 0, 1));
    if (engine) {
        as_log(
            log, AS_LOG_WARNING, 0,
            "%s is not tested with this module: use PostgreSQL, or test it before you rely on it",
            engine);
    }
    warn_of_encodings(tx->conn->native, log);
}

apr_status_t as_conn_check(as_tx_t *tx, const char **why)
{
    enum { WRITES, READS_ONLY, STANDBY };
    static const as_stmt_t ask_role = {
        "SELECT CASE WHEN pg_is_in_recovery() THEN 2"
        " WHEN current_setting('transaction_read_only') = 'on' THEN 1 ELSE 0 END",
        NULL};
    as_rows_t *rows;
    apr_int64_t role;

    if (!tx->conn->pgsql || tx->conn->checked) {
        return APR_SUCCESS;
    }
    if (as_stmt_query(tx, &ask_role, &rows) != APR_SUCCESS) {
        *why = tx->call.cut
                   ? "it accepts connections and answers no statement"
                   : apr_psprintf(tx->results, "the first statement failed with %s", tx->code);
        return APR_EAGAIN;
    }
    role = as_rows_count(rows) ? as_rows_int(rows, 0, 0) : WRITES;
    if (role == STANDBY) {
        *why = "it is a standby (several hosts need target_session_attrs=read-write in DBDParams)";
        return APR_EAGAIN;
    }
    tx->conn->read_only = role == READS_ONLY;
    tx->conn->checked = 1;
    return APR_SUCCESS;
}

void as_conn_shut(const as_conn_t *conn)
{
    /* libpq forgets the socket as it closes it: asking now never finds one that became another's.
     */
    int fd = conn->pq_socket(conn->native);

    if (fd >= 0) {
        shutdown(fd, SHUT_RDWR);
    }
}

int as_conn_in_transaction(const as_conn_t *conn)
{
    enum { IN_TRANSACTION = 2, IN_FAILED_TRANSACTION = 3 }; /* PGTransactionStatusType */
    int status = conn->pgsql ? conn->pq_transaction(conn->native) : 0;

    return conn->pgsql ? status == IN_TRANSACTION || status == IN_FAILED_TRANSACTION
                       : !conn->sqlite_autocommit(conn->native);
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
 * When several processes open a new file at once, all but one of those that turn it to WAL may be
 * told "busy" at once, whatever busy_timeout says.
 */
static const char *turn_to_wal(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    apr_time_t until = as_clock_monotonic() + WAL_WAIT;
    const char *mode;

    while (!(mode = ask(p, driver, handle, "PRAGMA journal_mode=WAL")) &&
           as_clock_monotonic() < until) {
        apr_sleep(WAL_PAUSE);
    }
    return mode;
}

/*
 * SQLite's own waiting is for the change to WAL alone: it happens inside a mutex of the driver that
 * all connections of the process share, and the driver tries sixteen times.
 */
static apr_status_t prepare_sqlite(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                                   const as_log_t *log)
{
    static _Atomic int warned;
    const char *mode, *foreign_keys;

    ask(p, driver, handle, "PRAGMA busy_timeout=500");
    mode = turn_to_wal(p, driver, handle);
    if (!mode) {
        return APR_EAGAIN; /* and the driver's last error says why */
    }
    ask(p, driver, handle, "PRAGMA synchronous=NORMAL");
    ask(p, driver, handle, "PRAGMA foreign_keys=ON");
    foreign_keys = ask(p, driver, handle, "PRAGMA foreign_keys");
    ask(p, driver, handle, "PRAGMA busy_timeout=0");
    if (strcmp(mode, "wal") != 0) {
        say_once(
            log, &warned,
            "SQLite cannot use its write-ahead log: let the user httpd runs as own the database "
            "file and its directory; the journal mode is ",
            mode);
    }
    return foreign_keys && !strcmp(foreign_keys, "1") ? APR_SUCCESS : APR_EAGAIN;
}

int as_conn_is_read_only(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle)
{
    void *native = apr_dbd_native_handle(driver, handle);
    int (*is_readonly)(void *, const char *) = NULL;
    int (*errcode)(void *) = NULL;
    const char *done;

    if (strcmp(apr_dbd_name(driver), "sqlite3") != 0) {
        return 0;
    }
    *(void **)&is_readonly = as_driver_find_symbol("sqlite3_db_readonly");
    *(void **)&errcode = as_driver_find_symbol("sqlite3_errcode");
    /* It writes nothing, waits for nobody, and is refused to those who cannot write. */
    done = ask(p, driver, handle, "PRAGMA wal_checkpoint(PASSIVE)");
    return (!done && errcode && errcode(native) == SQLITE_READONLY) ||
           (is_readonly && is_readonly(native, "main") == 1);
}

apr_status_t as_conn_prepare(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             const as_log_t *log)
{
    apr_pool_t *scratch;
    apr_status_t rv = apr_pool_create(&scratch, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_driver_is_pgsql(driver)) {
        rv = prepare_pgsql(driver, handle);
    } else if (!strcmp(apr_dbd_name(driver), "sqlite3")) {
        rv = prepare_sqlite(scratch, driver, handle, log);
    } else {
        static _Atomic int warned;

        say_once(log, &warned,
                 "this database driver is not known, use pgsql or sqlite3: ", apr_dbd_name(driver));
        rv = APR_ENOTIMPL;
    }
    apr_pool_destroy(scratch);
    return rv == APR_SUCCESS ? apr_pool_userdata_set("", READY_KEY, NULL, p) : rv;
}

apr_status_t as_conn_get(as_source_lease_t *h, const as_log_t *log, as_conn_t **connection)
{
    void *found = NULL;
    as_conn_t *conn;
    apr_status_t rv = APR_SUCCESS;

    apr_pool_userdata_get(&found, CONN_KEY, h->pool);
    if (found) {
        *connection = found;
        return APR_SUCCESS;
    }
    apr_pool_userdata_get(&found, READY_KEY, h->pool);
    if (!found) {
        rv = as_conn_prepare(h->pool, h->driver, h->handle, log);
        h->why = rv == APR_SUCCESS ? NULL : apr_dbd_error(h->driver, h->handle, 1);
    }
    conn = apr_pcalloc(h->pool, sizeof(*conn));
    conn->pgsql = as_driver_is_pgsql(h->driver);
    conn->native = apr_dbd_native_handle(h->driver, h->handle);
    conn->statements = apr_hash_make(h->pool);
    *(void **)&conn->pq_socket = as_driver_find_symbol("PQsocket");
    *(void **)&conn->pq_transaction = as_driver_find_symbol("PQtransactionStatus");
    *(void **)&conn->sqlite_errcode = as_driver_find_symbol("sqlite3_extended_errcode");
    *(void **)&conn->sqlite_autocommit = as_driver_find_symbol("sqlite3_get_autocommit");
    if (rv == APR_SUCCESS && (conn->pgsql ? !conn->pq_socket || !conn->pq_transaction
                                          : !conn->sqlite_errcode || !conn->sqlite_autocommit)) {
        rv = APR_ENOTIMPL;
    }
    if (rv == APR_SUCCESS) {
        rv = apr_pool_userdata_set(conn, CONN_KEY, NULL, h->pool);
    }
    *connection = conn;
    return rv;
}
