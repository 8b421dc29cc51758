/* SPDX-License-Identifier: Apache-2.0 */
#include "store/diagnosis.h"

#include <apr_strings.h>

#include <string.h>

#include "store/row.h"

static const char CREATE_TABLE[] = "CREATE TABLE IF NOT EXISTS ";
static const char VERSION_TABLE[] = "authsms_schema";

/* One row: does the table exist, and for each right a column: does the role have it? */
static const as_stmt_t read_table = {
    "SELECT count(*), 1, 1, 1, 1 FROM sqlite_master WHERE type = 'table' AND name = %s",
    "SELECT CASE WHEN t IS NULL THEN 0 ELSE 1 END,"
    " CASE WHEN has_table_privilege(t, 'SELECT') THEN 1 ELSE 0 END,"
    " CASE WHEN has_table_privilege(t, 'INSERT') THEN 1 ELSE 0 END,"
    " CASE WHEN has_table_privilege(t, 'UPDATE') THEN 1 ELSE 0 END,"
    " CASE WHEN has_table_privilege(t, 'DELETE') THEN 1 ELSE 0 END"
    " FROM (SELECT to_regclass(CAST(%s AS TEXT)) AS t) AS found"};

static const as_stmt_t read_server = {
    NULL, "SELECT current_user, current_database(),"
          " CAST(current_setting('max_connections') AS INTEGER)"
          " - CAST(current_setting('superuser_reserved_connections') AS INTEGER)"
          " - CAST(COALESCE(current_setting('reserved_connections', TRUE), '0') AS INTEGER),"
          " rolconnlimit, current_setting('lock_timeout'),"
          " current_setting('idle_in_transaction_session_timeout'), " AS_CLOCK_PGSQL ","
          " CASE WHEN rolsuper THEN 1 ELSE 0 END"
          " FROM pg_roles WHERE rolname = current_user"};

/* Without an argument: SQLite 3.46 takes a number for the name of a table. */
static const as_stmt_t quick_check = {"SELECT quick_check FROM pragma_quick_check LIMIT 1", NULL};

/* The name of the table that this step creates. NULL: it creates none. */
static const char *find_created_table(apr_pool_t *p, const as_schema_step_t *step)
{
    const char *sql = step->sql.sqlite;

    if (!sql || strncmp(sql, CREATE_TABLE, strlen(CREATE_TABLE)) != 0) {
        return NULL;
    }
    sql += strlen(CREATE_TABLE);
    return apr_pstrmemdup(p, sql, strcspn(sql, " ("));
}

typedef struct list_t {
    const as_schema_plan_t *plan;
    apr_array_header_t *tables;
} list_t;

static apr_status_t add_table(as_tx_t *tx, const char *name, apr_array_header_t *tables)
{
    static const char *const rights[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};
    apr_size_t needed = strcmp(name, VERSION_TABLE) == 0 ? 1 : sizeof(rights) / sizeof(rights[0]);
    as_diagnosis_table_t *table = apr_array_push(tables);
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &read_table, &rows, name);

    *table = (as_diagnosis_table_t){.name = name, .missing = ""};
    if (rv != APR_SUCCESS) {
        return rv;
    }
    table->exists = as_rows_int(rows, 0, 0) != 0;
    for (apr_size_t i = 0; table->exists && i < needed; i++) {
        if (!as_rows_int(rows, 0, (int)i + 1)) {
            table->missing = apr_pstrcat(as_tx_pool(tx), table->missing,
                                         *table->missing ? ", " : "", rights[i], NULL);
        }
    }
    return APR_SUCCESS;
}

static apr_status_t list_tables(as_tx_t *tx, void *baton)
{
    const list_t *list = baton;
    apr_status_t rv;

    apr_array_clear(list->tables); /* the unit may be run again */
    rv = add_table(tx, VERSION_TABLE, list->tables);
    for (int version = 0; version < list->plan->version; version++) {
        const as_schema_step_t *step = list->plan->expand[version];

        for (; rv == APR_SUCCESS && (step->sql.sqlite || step->index); step++) {
            const char *name = find_created_table(as_tx_pool(tx), step);

            rv = name ? add_table(tx, name, list->tables) : APR_SUCCESS;
        }
    }
    return rv;
}

apr_status_t as_diagnosis_list_tables(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                                      apr_array_header_t **tables)
{
    list_t list = {plan, apr_array_make(p, 16, sizeof(as_diagnosis_table_t))};

    *tables = list.tables;
    return as_db_read(db, p, list_tables, &list);
}

static apr_status_t read_server_row(as_tx_t *tx, void *baton)
{
    as_diagnosis_server_t *server = baton;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &read_server, &rows);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *server = (as_diagnosis_server_t){
        .role = as_rows_text(rows, 0, 0),
        .database = as_rows_text(rows, 0, 1),
        .connections_max = (int)as_rows_int(rows, 0, 2),
        .role_limit = (int)as_rows_int(rows, 0, 3),
        .lock_timeout = as_rows_text(rows, 0, 4),
        .idle_timeout = as_rows_text(rows, 0, 5),
        .now = as_rows_int(rows, 0, 6),
        .is_superuser = as_rows_int(rows, 0, 7) != 0,
    };
    return APR_SUCCESS;
}

apr_status_t as_diagnosis_read_server(as_db_t *db, apr_pool_t *p, as_diagnosis_server_t *server)
{
    return as_db_read(db, p, read_server_row, server);
}

static apr_status_t run_quick_check(as_tx_t *tx, void *baton)
{
    const char **fault = baton;
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &quick_check, &rows);
    const char *text;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    text = as_rows_count(rows) ? as_rows_text(rows, 0, 0) : NULL;
    *fault = text && strcmp(text, "ok") != 0 ? text : NULL;
    return APR_SUCCESS;
}

apr_status_t as_diagnosis_check_file(as_db_t *db, apr_pool_t *p, const char **fault)
{
    return as_db_read(db, p, run_quick_check, fault);
}
