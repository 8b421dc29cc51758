/* SPDX-License-Identifier: Apache-2.0 */
#include "db/private.h"

#include <apr_strings.h>

#include <ctype.h>
#include <string.h>

enum { SQLSTATE_LEN = 5 };

/* Codes that are not the plain "the statement is wrong". `len` characters are compared. */
static const struct {
    const char *code;
    apr_size_t len;
    as_fault_t fault;
} pgsql_faults[] = {
    {"08", 2, AS_FAULT_LOST},         /* connection exception */
    {"57P01", 5, AS_FAULT_LOST},      /* admin_shutdown */
    {"57P02", 5, AS_FAULT_LOST},      /* crash_shutdown */
    {"57P03", 5, AS_FAULT_LOST},      /* cannot_connect_now */
    {"57P05", 5, AS_FAULT_LOST},      /* idle_session_timeout */
    {"25P03", 5, AS_FAULT_LOST},      /* idle_in_transaction_session_timeout */
    {"25006", 5, AS_FAULT_READONLY},  /* read_only_sql_transaction */
    {"40001", 5, AS_FAULT_CONFLICT},  /* serialization_failure */
    {"40P01", 5, AS_FAULT_CONFLICT},  /* deadlock_detected */
    {"23505", 5, AS_FAULT_UNIQUE},    /* unique_violation */
    {"23503", 5, AS_FAULT_REFERENCE}, /* foreign_key_violation */
};

/* https://www.sqlite.org/rescode.html: extended codes */
static const struct {
    int code;
    as_fault_t fault;
} sqlite_faults[] = {
    {0, AS_FAULT_SCHEMA},      /* a statement that died of a 17 before says this for ever */
    {17, AS_FAULT_SCHEMA},     /* SQLITE_SCHEMA */
    {517, AS_FAULT_CONFLICT},  /* SQLITE_BUSY_SNAPSHOT */
    {1555, AS_FAULT_UNIQUE},   /* SQLITE_CONSTRAINT_PRIMARYKEY */
    {2067, AS_FAULT_UNIQUE},   /* SQLITE_CONSTRAINT_UNIQUE */
    {787, AS_FAULT_REFERENCE}, /* SQLITE_CONSTRAINT_FOREIGNKEY */
};

static int is_sqlstate(const char *text)
{
    int n = 0;

    while (n < SQLSTATE_LEN &&
           (isupper((unsigned char)text[n]) || isdigit((unsigned char)text[n]))) {
        n++;
    }
    return n == SQLSTATE_LEN;
}

/*
 * With PQERRORS_SQLSTATE the text is "ERROR:  23505". A connection that broke has no such code, and
 * PQstatus says so only at the second failure: no code means lost.
 */
static as_fault_t pgsql_fault(apr_pool_t *p, const as_source_lease_t *h, int ret, const char **code)
{
    const char *text = apr_dbd_error(h->driver, h->handle, ret);
    const char *colon = text ? strstr(text, ":  ") : NULL;

    if (!colon || !is_sqlstate(colon + 3)) {
        *code = "no SQLSTATE";
        return AS_FAULT_LOST;
    }
    colon += 3;
    *code = apr_psprintf(p, "SQLSTATE %.*s", SQLSTATE_LEN, colon);
    for (apr_size_t i = 0; i < sizeof(pgsql_faults) / sizeof(pgsql_faults[0]); i++) {
        if (!strncmp(colon, pgsql_faults[i].code, pgsql_faults[i].len)) {
            return pgsql_faults[i].fault;
        }
    }
    return AS_FAULT_OTHER;
}

static as_fault_t sqlite_fault(apr_pool_t *p, const as_conn_t *conn, const char **code)
{
    int n = conn->sqlite_errcode(conn->native);

    *code = apr_psprintf(p, "SQLite code %d", n);
    for (apr_size_t i = 0; i < sizeof(sqlite_faults) / sizeof(sqlite_faults[0]); i++) {
        if (n == sqlite_faults[i].code) {
            return sqlite_faults[i].fault;
        }
    }
    return AS_FAULT_OTHER;
}

as_fault_t as_fault_classify(apr_pool_t *p, const as_source_lease_t *h, const as_conn_t *conn,
                             int ret, const char **code)
{
    return conn->pgsql ? pgsql_fault(p, h, ret, code) : sqlite_fault(p, conn, code);
}
