/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: databases, the version of their tables. */
#include "ctl_doctor.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "store/diagnosis.h"
#include "store/schema.h"

/* Of one statement; PRAGMA quick_check of a large file takes longer. */
#define STATEMENT_TIMEOUT apr_time_from_sec(5)

/* The error of a role that lacks a right on a table. */
static const char NO_RIGHT[] = "SQLSTATE 42501";

/* What libpq says, and what to do then. */
static const struct {
    const char *part;
    const char *advice;
} pgsql_remedies[] = {
    {"Connection refused", "start PostgreSQL, or correct host= and port="},
    {"No such file", "start PostgreSQL, or correct host= and port="},
    {"could not translate host name", "correct host="},
    {"timeout expired", "is a firewall between the hosts? Correct host= and port="},
    {"password authentication failed", "correct user= and the password (passfile=)"},
    {"no password supplied", "name a file with the password: passfile=PATH"},
    {"no pg_hba.conf entry", "add a line for this host to pg_hba.conf, and reload PostgreSQL"},
    {"does not exist", "correct dbname= and user=, or make them: createdb, createuser"},
    {"too many", "raise max_connections of PostgreSQL, or lower DBDMax"},
    {"standby", "name the primary too, with target_session_attrs=read-write"},
    {NULL, NULL},
};

static const char *advise_connection(ctl_doctor_t *d, const ctl_directive_t *params,
                                     const char *error)
{
    const char *place = ctl_doctor_place(d->pool, params);
    int i = 0;

    while (pgsql_remedies[i].part && !strstr(error, pgsql_remedies[i].part)) {
        i++;
    }
    return pgsql_remedies[i].part
               ? apr_psprintf(d->pool, "%s (DBDParams, %s)", pgsql_remedies[i].advice, place)
               : apr_psprintf(d->pool, "check DBDParams, %s", place);
}

/* Does AuthSMSSchema have this value? */
static int schema_is(const ctl_doctor_t *d, int host, const char *value)
{
    const ctl_directive_t *line = ctl_conf_find(d->conf, host, "AuthSMSSchema");

    return apr_cstr_casecmp(line ? ctl_directive_word(line, 0) : "auto", value) == 0;
}

static const char *advise_schema(const ctl_doctor_t *d, int host, const char *action)
{
    if (d->databases > 1) {
        return apr_psprintf(d->pool,
                            "authsmsctl --driver %s --params '…' schema %s, with the DBDParams of "
                            "%s",
                            ctl_directive_word(ctl_conf_find(d->conf, host, "DBDriver"), 0), action,
                            ctl_doctor_place(d->pool, ctl_conf_find(d->conf, host, "DBDParams")));
    }
    return apr_psprintf(d->pool, "authsmsctl --config %s schema %s",
                        ctl_doctor_quote(d->pool, d->ctl->config), action);
}

/* Returns 1 if the module can use the tables. */
static int check_version(ctl_doctor_t *d, const as_schema_state_t *state, int host)
{
    int is_auto = schema_is(d, host, "auto");

    switch (as_schema_evaluate(&as_schema_plan, state)) {
    case AS_SCHEMA_MISSING:
        ctl_doctor_report(d, is_auto ? CTL_DOCTOR_WARNING : CTL_DOCTOR_PROBLEM,
                          is_auto ? "start httpd, which creates them"
                                  : advise_schema(d, host, "create"),
                          "there are no tables yet");
        return 0;
    case AS_SCHEMA_NO_VERSION:
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, "restore the row from a backup",
                          "authsms_schema has no row, so the version of the tables is unknown");
        return 0;
    case AS_SCHEMA_TOO_OLD:
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advise_schema(d, host, "upgrade"),
                          "the tables have version %d, and this module needs %d", state->version,
                          as_schema_plan.min_version);
        return 0;
    case AS_SCHEMA_TOO_NEW:
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, "upgrade mod_authsms on this server",
                          "the tables have version %d and need a module of version %d or later; "
                          "this one has %d",
                          state->version, state->min_module, as_schema_plan.version);
        return 0;
    case AS_SCHEMA_COMPATIBLE:
        break;
    }
    if (as_schema_is_outdated(&as_schema_plan, state)) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING, advise_schema(d, host, "upgrade"),
                          "the tables have version %d; this module has %d", state->version,
                          as_schema_plan.version);
    } else {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "the tables have version %d", state->version);
    }
    return 1;
}

/* An SQL identifier, in quotes if it needs them. */
static const char *quote_identifier(apr_pool_t *p, const char *name)
{
    const char *out = "\"";

    if (*name && !apr_isdigit(*name) &&
        !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")]) {
        return name;
    }
    for (; *name; name++) {
        out = apr_pstrcat(p, out, *name == '"' ? "\"" : "", apr_pstrmemdup(p, name, 1), NULL);
    }
    return apr_pstrcat(p, out, "\"", NULL);
}

static void check_tables(ctl_doctor_t *d, as_db_t *db, const char *role)
{
    const char *grantee = role ? quote_identifier(d->pool, role) : NULL;
    apr_array_header_t *tables;
    int has_fault = 0;

    if (as_diagnosis_list_tables(db, d->pool, &as_schema_plan, &tables) != APR_SUCCESS) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, NULL, "the list of tables cannot be read");
        return;
    }
    for (int i = 0; i < tables->nelts; i++) {
        const as_diagnosis_table_t *table = &APR_ARRAY_IDX(tables, i, as_diagnosis_table_t);

        if (!table->exists) {
            ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                              role ? apr_psprintf(d->pool,
                                                  "GRANT USAGE ON SCHEMA public TO %s; or restore "
                                                  "the table from a backup",
                                                  grantee)
                                   : "restore it from a backup",
                              "the table %s does not exist%s", table->name,
                              role ? ", or its schema is not visible" : "");
        } else if (*table->missing) {
            ctl_doctor_report(
                d, CTL_DOCTOR_PROBLEM,
                apr_psprintf(d->pool, "GRANT %s ON %s TO %s", table->missing, table->name, grantee),
                "the role %s lacks %s on the table %s", role, table->missing, table->name);
        } else {
            continue;
        }
        has_fault = 1;
    }
    if (!has_fault) {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "all %d tables%s", tables->nelts,
                          role ? ", and the rights on them" : "");
    }
}

/* A connection whose tables can be read. */
static void check_open_database(ctl_doctor_t *d, as_db_t *db, int host, int is_pgsql,
                                const as_schema_state_t *state)
{
    const char *role = is_pgsql ? ctl_doctor_check_pgsql(d, db, host) : NULL;

    if (check_version(d, state, host)) {
        check_tables(d, db, role);
    }
    if (!is_pgsql) {
        ctl_doctor_check_sqlite(d, db);
    }
}

/* The value of connect_timeout in DBDParams. NULL: it is not there. */
static char *find_connect_timeout(char *params)
{
    static const char name[] = "connect_timeout";
    char *at = params;

    while ((at = strstr(at, name)) != NULL) {
        int is_word = at == params || strchr(" \t?&", at[-1]);

        at += strlen(name);
        at += strspn(at, " \t");
        if (is_word && *at == '=') {
            return at + 1 + strspn(at + 1, " \t'");
        }
    }
    return NULL;
}

/* Without a bound, or with 0, libpq waits for minutes. Returns the parameters with one. */
static const char *bound_connecting(ctl_doctor_t *d, const ctl_directive_t *line)
{
    char *params = apr_pstrdup(d->pool, ctl_directive_word(line, 0));
    char *value = find_connect_timeout(params);
    size_t zeros = value ? strspn(value, "0") : 0;

    setenv("PGCONNECT_TIMEOUT", "5", 0);
    if (zeros && !strchr("123456789", value[zeros] ? value[zeros] : ' ')) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING, "set connect_timeout=2",
                          "DBDParams (%s): with connect_timeout=0 a server that does not respond "
                          "blocks for minutes",
                          ctl_doctor_place(d->pool, line));
        *value = '5';
        memset(value + 1, ' ', zeros - 1);
    }
    return params;
}

/* With this, SQLite refuses to change data. */
static apr_array_header_t *list_query_only(apr_pool_t *p)
{
    apr_array_header_t *init = apr_array_make(p, 1, sizeof(const char *));

    APR_ARRAY_PUSH(init, const char *) = "PRAGMA query_only=ON";
    return init;
}

static void check_database(ctl_doctor_t *d, const ctl_directive_t *driver,
                           const ctl_directive_t *params, int host)
{
    ctl_t ctl = *d->ctl;
    int is_pgsql = strcmp(ctl_directive_word(driver, 0), "pgsql") == 0;
    as_schema_state_t state = {0, 0, 0};
    ctl_doctor_log_t log;
    as_db_t *db;

    ctl.driver = ctl_directive_word(driver, 0);
    ctl.params = ctl_directive_word(params, 0);
    if (strstr(ctl.params, "${")) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED,
                          "set it in this shell as httpd has it, and run doctor again",
                          "DBDParams (%s): a variable of its value is not set here",
                          ctl_doctor_place(d->pool, params));
        return;
    }
    if (!is_pgsql && strcmp(ctl.driver, "sqlite3") != 0) {
        /* Neither value is shown: they may be swapped, and have a password. */
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, "set DBDriver to sqlite3 or pgsql",
                          "DBDriver (%s) is neither sqlite3 nor pgsql",
                          ctl_doctor_place(d->pool, driver));
        return;
    }
    if (!is_pgsql && *ctl.params != '/') {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED,
                          "write an absolute path; for PostgreSQL, DBDriver pgsql",
                          "DBDParams (%s): relative to the directory where httpd was started",
                          ctl_doctor_place(d->pool, params));
        return;
    }
    if (is_pgsql && ctl_has_password(ctl.params)) {
        const char *secret = strstr(ctl.params, "password");

        secret = secret ? apr_pstrmemdup(d->pool, secret, strcspn(secret, " &")) : ctl.params;
        ctl_doctor_check_literal(d, params, "DBDParams", secret,
                                 "move it to a file of mode 600 and write passfile=PATH");
    }
    if (!is_pgsql && !ctl_doctor_check_sqlite_file(d, ctl.params)) {
        return;
    }
    if (is_pgsql) {
        ctl.params = bound_connecting(d, params);
    } else {
        ctl.init = list_query_only(d->pool);
    }
    ctl_doctor_log_init(&log, d->pool);
    if (ctl_connect(&ctl, STATEMENT_TIMEOUT, &log.log, &db) != CTL_OK) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          is_pgsql ? "apt-get install libaprutil1-dbd-pgsql"
                                   : "apt-get install libaprutil1-dbd-sqlite3",
                          "apr-util has no driver %s", ctl.driver);
        return;
    }
    if (as_schema_read(db, d->pool, &state) != APR_SUCCESS) {
        const char *error = log.error ? log.error : "it cannot be read";

        if (strstr(error, NO_RIGHT)) {
            check_tables(d, db, ctl_doctor_check_pgsql(d, db, host));
            return;
        }
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          is_pgsql ? advise_connection(d, params, error)
                                   : "run doctor as root or as httpd's user",
                          "%s", error);
        return;
    }
    ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "DBDriver %s (%s): connected", ctl.driver,
                      ctl_doctor_place(d->pool, params));
    ctl_doctor_report_warnings(d, &log);
    check_open_database(d, db, host, is_pgsql, &state);
}

/* Was it checked for an earlier host? */
static int is_known(apr_hash_t *known, const ctl_directive_t *driver, const ctl_directive_t *params)
{
    const char *key = apr_pstrcat(apr_hash_pool_get(known), ctl_directive_word(driver, 0), " ",
                                  ctl_directive_word(params, 0), NULL);
    int was_known = apr_hash_get(known, key, APR_HASH_KEY_STRING) != NULL;

    apr_hash_set(known, key, APR_HASH_KEY_STRING, key);
    return was_known;
}

void ctl_doctor_check_databases(ctl_doctor_t *d)
{
    apr_hash_t *known = apr_hash_make(d->pool);
    apr_array_header_t *hosts = apr_array_make(d->pool, 1, sizeof(int)); /* one per database */

    d->group = "database";
    for (int host = 0; host < d->conf->hosts; host++) {
        const ctl_directive_t *driver = ctl_conf_find(d->conf, host, "DBDriver");
        const ctl_directive_t *params = ctl_conf_find(d->conf, host, "DBDParams");

        if (driver && params && !is_known(known, driver, params)) {
            APR_ARRAY_PUSH(hosts, int) = host;
        }
    }
    d->databases = hosts->nelts;
    for (int i = 0; i < hosts->nelts; i++) {
        int host = APR_ARRAY_IDX(hosts, i, int);

        check_database(d, ctl_conf_find(d->conf, host, "DBDriver"),
                       ctl_conf_find(d->conf, host, "DBDParams"), host);
    }
    if (!hosts->nelts) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "add DBDriver and DBDParams, unless this server only verifies tokens "
                          "(AuthSMSUserCheck off)",
                          "no DBDriver and DBDParams");
    }
}
