/* SPDX-License-Identifier: Apache-2.0 */
#include "db/fault.h"

#include <apr_strings.h>

#include <ctype.h>
#include <string.h>

#include "db/driver.h"

enum { SQLSTATE_LEN = 5 };

/* SQLSTATEs other than AS_FAULT_OTHER. The first `len` characters are compared. */
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
    {0, AS_FAULT_SCHEMA},      /* a statement that failed with 17 fails with this ever after */
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
 * With PQERRORS_SQLSTATE the text is "ERROR:  23505". Errors of a broken connection have no
 * SQLSTATE, and PQstatus reports them only at the second failure: no SQLSTATE means lost.
 */
static as_fault_t classify_pgsql(apr_pool_t *p, const char *text, const char **code)
{
    const char *colon = text ? strstr(text, ":  ") : NULL;
    const char *sqlstate = colon ? colon + strlen(":  ") : NULL;

    if (!sqlstate || !is_sqlstate(sqlstate)) {
        *code = "no SQLSTATE";
        return AS_FAULT_LOST;
    }
    *code = apr_psprintf(p, "SQLSTATE %.*s", SQLSTATE_LEN, sqlstate);
    for (apr_size_t i = 0; i < sizeof(pgsql_faults) / sizeof(pgsql_faults[0]); i++) {
        if (!strncmp(sqlstate, pgsql_faults[i].code, pgsql_faults[i].len)) {
            return pgsql_faults[i].fault;
        }
    }
    return AS_FAULT_OTHER;
}

static as_fault_t classify_sqlite(apr_pool_t *p, void *native, const char **code)
{
    int (*extended_errcode)(void *) = NULL;
    int n;

    *(void **)&extended_errcode = as_driver_find_symbol("sqlite3_extended_errcode");
    n = extended_errcode ? extended_errcode(native) : -1;
    *code = apr_psprintf(p, "SQLite code %d", n);
    for (apr_size_t i = 0; i < sizeof(sqlite_faults) / sizeof(sqlite_faults[0]); i++) {
        if (n == sqlite_faults[i].code) {
            return sqlite_faults[i].fault;
        }
    }
    return AS_FAULT_OTHER;
}

as_fault_t as_fault_classify(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             int ret, const char **code)
{
    return as_driver_is_pgsql(driver)
               ? classify_pgsql(p, apr_dbd_error(driver, handle, ret), code)
               : classify_sqlite(p, apr_dbd_native_handle(driver, handle), code);
}

const char *as_fault_redact_reason(const char *reason)
{
    static const char *const malformed[] = {"connection info string", "connection option",
                                            "port number", "URI", "percent-encoded"};
    /* A password with "@" in a URI becomes a part of the host name. */
    int is_malformed = strstr(reason, "host name") && strchr(reason, '@');

    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        is_malformed |= strstr(reason, malformed[i]) != NULL;
    }
    return is_malformed ? "DBDParams is no valid connection string; a value with blanks needs "
                          "quotes: password='two words'"
                        : reason;
}
