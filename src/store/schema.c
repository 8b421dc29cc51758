/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <apr_strings.h>

#include "store/schema_private.h"

/* "authsms" as a number, so that no other program takes this lock by accident. */
#define LOCK_NUMBER "27432484104072563"

static const as_stmt_t find_table = {
    "SELECT count(*), (SELECT count(*) FROM pragma_table_info('authsms_schema')"
    " WHERE name = 'min_module') FROM sqlite_master"
    " WHERE type = 'table' AND name = 'authsms_schema'",
    "SELECT count(*), (SELECT count(*) FROM pg_attribute"
    " WHERE attrelid = to_regclass('authsms_schema') AND attname = 'min_module'"
    " AND NOT attisdropped) FROM pg_class WHERE oid = to_regclass('authsms_schema')"};
static const as_stmt_t read_version = {"SELECT version, version FROM authsms_schema", NULL};
static const as_stmt_t read_both = {
    "SELECT version, COALESCE(min_module, version) FROM authsms_schema", NULL};
static const as_stmt_t lock_row = {"SELECT 1 FROM authsms_schema",
                                   "SELECT 1 FROM authsms_schema FOR UPDATE SKIP LOCKED"};
static const as_stmt_t try_lock = {
    "SELECT 1", "SELECT CASE WHEN pg_try_advisory_xact_lock(" LOCK_NUMBER ") THEN 1 ELSE 0 END"};
static const as_stmt_t first_row = {
    "INSERT INTO authsms_schema (version, min_module) VALUES (0, %d)", NULL};
static const as_stmt_t set_min_module = {"UPDATE authsms_schema SET min_module = %d", NULL};

apr_status_t as_schema_read_in_unit(as_tx_t *tx, as_schema_state_t *state)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find_table, &rows);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *state = (as_schema_state_t){0, 0, 0};
    if (as_rows_int(rows, 0, 0) == 0) {
        return APR_SUCCESS;
    }
    state->has_min_module = as_rows_int(rows, 0, 1) != 0;
    rv = as_stmt_query(tx, state->has_min_module ? &read_both : &read_version, &rows);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (as_rows_count(rows) == 0) {
        state->version = AS_SCHEMA_NO_ROW;
        return APR_SUCCESS;
    }
    state->version = (int)as_rows_int(rows, 0, 0);
    state->min_module = (int)as_rows_int(rows, 0, 1);
    return APR_SUCCESS;
}

static apr_status_t read_state(as_tx_t *tx, void *baton)
{
    return as_schema_read_in_unit(tx, baton);
}

apr_status_t as_schema_read(as_db_t *db, apr_pool_t *p, as_schema_state_t *state)
{
    return as_db_read(db, p, read_state, state);
}

as_schema_status_t as_schema_evaluate(const as_schema_plan_t *plan, const as_schema_state_t *state)
{
    if (state->version == 0) {
        return AS_SCHEMA_MISSING;
    }
    if (state->version == AS_SCHEMA_NO_ROW) {
        return AS_SCHEMA_NO_VERSION;
    }
    if (state->version < plan->min_version) {
        return AS_SCHEMA_TOO_OLD;
    }
    return state->min_module > plan->version ? AS_SCHEMA_TOO_NEW : AS_SCHEMA_COMPATIBLE;
}

int as_schema_is_outdated(const as_schema_plan_t *plan, const as_schema_state_t *state)
{
    return state->version != AS_SCHEMA_NO_ROW &&
           (state->version < plan->version ||
            (state->version == plan->version && !state->has_min_module));
}

apr_status_t as_schema_set_lock_timeout(as_tx_t *tx)
{
    return as_tx_is_pgsql(tx) ? as_stmt_run_text(tx, "SET LOCAL lock_timeout = 300") : APR_SUCCESS;
}

apr_status_t as_schema_lock(as_tx_t *tx, as_schema_state_t *state, int *busy)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &lock_row, &rows);

    *busy = rv == APR_SUCCESS && as_rows_count(rows) == 0;
    if (rv != APR_SUCCESS || *busy) {
        return rv;
    }
    rv = as_stmt_query(tx, &try_lock, &rows);
    *busy = rv == APR_SUCCESS && as_rows_int(rows, 0, 0) == 0;
    return rv == APR_SUCCESS && !*busy ? as_schema_read_in_unit(tx, state) : rv;
}

static apr_status_t add_min_module(as_tx_t *tx, as_schema_state_t *state)
{
    apr_status_t rv;

    if (state->has_min_module) {
        return APR_SUCCESS;
    }
    rv = as_stmt_run_text(tx, "ALTER TABLE authsms_schema ADD COLUMN min_module INTEGER");
    state->has_min_module = rv == APR_SUCCESS;
    /* Older modules need exactly this version. */
    return rv == APR_SUCCESS ? as_stmt_exec(tx, &set_min_module, NULL, &state->version) : rv;
}

const char *as_schema_index_sql(as_tx_t *tx, const as_schema_step_t *step, const char *how)
{
    return apr_psprintf(as_tx_pool(tx), "CREATE %sINDEX%s IF NOT EXISTS %s ON %s",
                        step->unique ? "UNIQUE " : "", how, step->index,
                        as_tx_is_pgsql(tx) && step->on_pgsql ? step->on_pgsql : step->on);
}

/* Version 5 was extended by an index together with min_module, so that modules that need exactly
 * version 5 keep working. */
enum { EXTENDED_VERSION = 5 };

int as_schema_next_version(const as_schema_state_t *state)
{
    return state->version + (state->has_min_module || state->version != EXTENDED_VERSION);
}

apr_status_t as_schema_expand(as_tx_t *tx, const as_schema_plan_t *plan, int version)
{
    const as_schema_step_t *step = plan->expand[version - 1];
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && (step->sql.sqlite || step->index); step++) {
        const char *sql = step->sql.sqlite;

        if (step->index) {
            sql = as_schema_index_sql(tx, step, "");
        } else if (as_tx_is_pgsql(tx) && step->sql.pgsql) {
            sql = step->sql.pgsql;
        }
        rv = as_stmt_run_text(tx, sql);
    }
    return rv;
}

apr_status_t as_schema_set_version(as_tx_t *tx, int version, as_schema_state_t *state)
{
    apr_status_t rv = add_min_module(tx, state);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* Not prepared: on SQLite the statements of the next version would make it stale. */
    rv = as_stmt_run_text(
        tx, apr_psprintf(as_tx_pool(tx), "UPDATE authsms_schema SET version = %d", version));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    state->version = version;
    return APR_SUCCESS;
}

static apr_status_t create_all(as_tx_t *tx, const as_schema_plan_t *plan, as_schema_state_t *state)
{
    apr_status_t rv = as_stmt_run_text(
        tx, "CREATE TABLE authsms_schema (version INTEGER NOT NULL, min_module INTEGER)");

    if (rv == APR_SUCCESS) {
        rv = as_stmt_exec(tx, &first_row, NULL, &plan->min_module);
    }
    for (int version = 1; rv == APR_SUCCESS && version <= plan->version; version++) {
        rv = as_schema_expand(tx, plan, version);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *state = (as_schema_state_t){0, plan->min_module, 1};
    return as_schema_set_version(tx, plan->version, state);
}

apr_status_t as_schema_create_in_unit(as_tx_t *tx, const as_schema_plan_t *plan,
                                      as_schema_state_t *state)
{
    apr_status_t rv = APR_SUCCESS;

    /* BEGIN IMMEDIATE is SQLite's lock. There is no row to lock yet. */
    if (as_tx_is_pgsql(tx)) {
        rv = as_stmt_run_text(tx, "SELECT pg_advisory_xact_lock(" LOCK_NUMBER ")");
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_schema_read_in_unit(tx, state);
    return rv == APR_SUCCESS && state->version == 0 ? create_all(tx, plan, state) : rv;
}

/* ---- at the start of a server ---- */

typedef struct ensure_t {
    const as_schema_plan_t *plan;
    as_schema_state_t *state;
    int *busy;
} ensure_t;

static apr_status_t create_tables(as_tx_t *tx, void *baton)
{
    const ensure_t *ensure = baton;

    return as_schema_create_in_unit(tx, ensure->plan, ensure->state);
}

/* Does a step to this version index a large table? */
static apr_status_t find_large_table(as_tx_t *tx, const as_schema_plan_t *plan, int version,
                                     int *is_large)
{
    apr_status_t rv = APR_SUCCESS;
    as_rows_t *rows;

    *is_large = 0;
    for (const as_schema_step_t *step = plan->expand[version - 1];
         rv == APR_SUCCESS && !*is_large && (step->sql.sqlite || step->index); step++) {
        if (step->is_large.sqlite) {
            rv = as_stmt_query(tx, &step->is_large, &rows);
            *is_large = rv == APR_SUCCESS && as_rows_count(rows) > 0;
        }
    }
    return rv;
}

static apr_status_t lock_at_start(as_tx_t *tx, as_schema_state_t *state, int *busy)
{
    apr_status_t rv = as_schema_set_lock_timeout(tx);

    return rv == APR_SUCCESS ? as_schema_lock(tx, state, busy) : rv;
}

/* Run the steps to the next version, if all of them are fast: otherwise *is_large. */
static apr_status_t upgrade_fast(as_tx_t *tx, const as_schema_plan_t *plan,
                                 as_schema_state_t *state, int *is_large)
{
    int next = as_schema_next_version(state);
    apr_status_t rv = find_large_table(tx, plan, next, is_large);

    if (rv != APR_SUCCESS || *is_large) {
        return rv;
    }
    rv = as_schema_expand(tx, plan, next);
    return rv == APR_SUCCESS ? as_schema_set_version(tx, next, state) : rv;
}

static apr_status_t upgrade_tables(as_tx_t *tx, void *baton)
{
    const ensure_t *ensure = baton;
    int is_large = 0;
    apr_status_t rv = lock_at_start(tx, ensure->state, ensure->busy);

    while (rv == APR_SUCCESS && !*ensure->busy && !is_large &&
           as_schema_is_outdated(ensure->plan, ensure->state)) {
        rv = upgrade_fast(tx, ensure->plan, ensure->state, &is_large);
    }
    return rv;
}

apr_status_t as_schema_ensure(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                              as_schema_state_t *state, int *busy)
{
    ensure_t ensure = {plan, state, busy};
    apr_status_t rv = as_schema_read(db, p, state);
    as_schema_state_t before = *state;

    *busy = 0;
    if (rv != APR_SUCCESS || !as_schema_is_outdated(plan, state)) {
        return rv;
    }
    rv = as_db_write(db, p, state->version ? upgrade_tables : create_tables, &ensure);
    if (rv != APR_SUCCESS || *busy) {
        *state = before;
    }
    return rv;
}
