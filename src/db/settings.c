/* SPDX-License-Identifier: Apache-2.0 */
#include "db/settings.h"

#include <apr_strings.h>

#include <string.h>

#include "base/log.h"
#include "db/driver.h"
#include "db/stmt.h"
#include "db/tx_private.h"

/* PQconninfoOption of libpq-fe.h: part of its stable ABI. */
typedef struct conninfo_t {
    char *keyword, *envvar, *compiled, *val, *label, *dispchar;
    int dispsize;
} conninfo_t;

/* "": not set, and for a keyword that this libpq does not know. */
static const char *find_conninfo(const conninfo_t *info, const char *keyword)
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

/* The missing time limits, as DBDParams spells them. statement_timeout: the server's; "": unknown.
 */
static const char *list_missing_limits(apr_pool_t *p, const void *pgconn,
                                       const char *statement_timeout)
{
    conninfo_t *(*get)(const void *) = NULL;
    void (*release)(conninfo_t *) = NULL;
    const char *(*get_host)(const void *) = NULL;
    int is_unlimited = *statement_timeout && !is_set(statement_timeout);
    const char *missing = is_unlimited ? " options='-c statement_timeout=3000'" : "";
    conninfo_t *info;

    *(void **)&get = as_driver_find_symbol("PQconninfo");
    *(void **)&release = as_driver_find_symbol("PQconninfoFree");
    *(void **)&get_host = as_driver_find_symbol("PQhost");
    info = get && release && get_host ? get(pgconn) : NULL;
    if (info) {
        const char *host = get_host(pgconn);

        if (!is_set(find_conninfo(info, "connect_timeout"))) {
            missing = apr_pstrcat(p, missing, " connect_timeout=2", NULL);
        }
        if (host && *host != '/' && *host != '@') {
            if (!is_set(find_conninfo(info, "tcp_user_timeout"))) {
                missing = apr_pstrcat(p, missing, " tcp_user_timeout=3000", NULL);
            }
            if (!is_set(find_conninfo(info, "keepalives_idle"))) {
                missing = apr_pstrcat(p, missing,
                                      " keepalives_idle=5 keepalives_interval=2 keepalives_count=2",
                                      NULL);
            }
        }
        release(info);
    }
    return is_unlimited
               ? apr_pstrcat(p, missing,
                             " (behind pgbouncer: ALTER ROLE NAME SET statement_timeout = '3s')",
                             NULL)
               : missing;
}

/* Names and numbers are sent as UTF-8. */
static void warn_of_encodings(const void *pgconn, const as_log_t *log)
{
    const char *(*get_parameter)(const void *, const char *) = NULL;
    const char *client, *server;

    *(void **)&get_parameter = as_driver_find_symbol("PQparameterStatus");
    client = get_parameter ? get_parameter(pgconn, "client_encoding") : NULL;
    server = get_parameter ? get_parameter(pgconn, "server_encoding") : NULL;
    if (server && strcmp(server, "UTF8") != 0) {
        as_log(log, AS_LOG_WARNING, 0,
               AS_TAG(0222) "the encoding of the database is %s, which cannot hold every username: "
                            "create it with ENCODING 'UTF8'",
               server);
    } else if (client && strcmp(client, "UTF8") != 0) {
        as_log(log, AS_LOG_WARNING, 0,
               AS_TAG(0223) "client_encoding is %s, so usernames are stored incorrectly: add to "
                            "DBDParams client_encoding=UTF8",
               client);
    }
}

/* The engine by its version(); NULL: PostgreSQL itself. */
static const char *find_untested_engine(const char *version)
{
    if (!version) {
        return NULL;
    }
    if (!strncmp(version, "CockroachDB", strlen("CockroachDB"))) {
        return "CockroachDB";
    }
    return strstr(version, "-YB-") ? "YugabyteDB" : NULL;
}

apr_status_t as_settings_log_warnings(as_tx_t *tx)
{
    static const as_stmt_t read_settings = {
        "SELECT current_setting('statement_timeout'), version()", NULL};
    const char *missing, *engine;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &read_settings, &rows);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    missing = list_missing_limits(tx->scratch, tx->conn->native, as_rows_text(rows, 0, 0));
    if (*missing) {
        as_log(tx->log, AS_LOG_WARNING, 0,
               AS_TAG(0220) "time limits are missing: an unresponsive database would block threads "
                            "for minutes; add to DBDParams%s",
               missing);
    }
    engine = find_untested_engine(as_rows_text(rows, 0, 1));
    if (engine) {
        as_log(tx->log, AS_LOG_WARNING, 0,
               AS_TAG(0221) "%s is not tested with this module: use PostgreSQL, or test it before "
                            "you rely on it",
               engine);
    }
    warn_of_encodings(tx->conn->native, tx->log);
    return APR_SUCCESS;
}

apr_status_t as_settings_check_role(as_tx_t *tx, const char **reason)
{
    enum { WRITES, READS_ONLY, STANDBY };
    static const as_stmt_t read_role = {
        "SELECT CASE WHEN pg_is_in_recovery() THEN 2"
        " WHEN current_setting('transaction_read_only') = 'on' THEN 1 ELSE 0 END",
        NULL};
    as_rows_t *rows;
    apr_int64_t role;

    if (!tx->conn->is_pgsql || tx->conn->is_checked) {
        return APR_SUCCESS;
    }
    if (as_stmt_query(tx, &read_role, &rows) != APR_SUCCESS) {
        *reason = tx->call.is_cut
                      ? "it accepts connections but answers no statement"
                      : apr_psprintf(tx->results, "the first statement failed with %s", tx->code);
        return APR_EAGAIN;
    }
    role = as_rows_count(rows) ? as_rows_int(rows, 0, 0) : WRITES;
    if (role == STANDBY) {
        *reason = "it is a standby: with several hosts add to DBDParams "
                  "target_session_attrs=read-write";
        return APR_EAGAIN;
    }
    tx->conn->is_read_only = role == READS_ONLY;
    tx->conn->is_checked = 1;
    return APR_SUCCESS;
}
