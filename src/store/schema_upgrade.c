/* SPDX-License-Identifier: Apache-2.0 */
/* Upgrades that may take long, and removals, for authsmsctl. */
#include <apr_strings.h>
#include <apr_time.h>

#include <stdarg.h>

#include "store/schema_private.h"

enum { LOCK_TRIES = 200 };
/* Between two attempts to lock a table, for the sessions that queue behind the lock. */
#define LOCK_PAUSE apr_time_from_msec(250)

static const as_stmt_t find_invalid_index = {NULL,
                                             "SELECT 1 FROM pg_index WHERE NOT indisvalid"
                                             " AND indexrelid = to_regclass(CAST(%s AS TEXT))"};

static const as_stmt_t set_min_module = {"UPDATE authsms_schema SET min_module = %d", NULL};

typedef struct upgrade_t {
    as_db_t *work;
    apr_pool_t *pool;
    const as_schema_plan_t *plan;
    const as_schema_report_t *report;
    as_schema_state_t *state;
    const as_schema_step_t *step; /* the current one */
    int busy;
    int removed;
} upgrade_t;

static void report(const upgrade_t *u, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    u->report->write(u->report->ctx, apr_pvsprintf(u->pool, format, ap));
    va_end(ap);
}

/* The administrator chose to run statements that may take long. */
static apr_status_t lift_statement_timeout(as_tx_t *tx)
{
    return as_tx_is_pgsql(tx) ? as_stmt_run_text(tx, "SET LOCAL statement_timeout = 0")
                              : APR_SUCCESS;
}

static apr_status_t alter_table(as_tx_t *tx, void *baton)
{
    const upgrade_t *u = baton;
    const as_stmt_t *sql = &u->step->sql;
    apr_status_t rv = lift_statement_timeout(tx);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_schema_set_lock_timeout(tx);
    return rv == APR_SUCCESS ? as_stmt_run_text(tx, sql->pgsql ? sql->pgsql : sql->sqlite) : rv;
}

/* While a transaction holds the table, other sessions queue behind this statement: so it waits 0.3
 * s only, and is retried. */
static apr_status_t run_statement(upgrade_t *u)
{
    apr_status_t rv = as_db_write(u->work, u->pool, alter_table, u);

    for (int tries = 1; rv == APR_EAGAIN && tries < LOCK_TRIES; tries++) {
        if (tries == 1) {
            report(u, "waiting for a lock: %s", u->step->sql.sqlite);
        }
        apr_sleep(LOCK_PAUSE);
        rv = as_db_write(u->work, u->pool, alter_table, u);
    }
    return rv;
}

/* An interrupted attempt leaves an index that is never used. */
static apr_status_t drop_invalid_index(as_tx_t *tx, const char *index)
{
    as_rows_t *rows;
    apr_status_t rv = as_stmt_query(tx, &find_invalid_index, &rows, index);

    if (rv != APR_SUCCESS || as_rows_count(rows) == 0) {
        return rv;
    }
    return as_stmt_run_text(
        tx, apr_pstrcat(as_tx_pool(tx), "DROP INDEX CONCURRENTLY IF EXISTS ", index, NULL));
}

/* `sql` ends with NULL. */
static apr_status_t run_texts(as_tx_t *tx, const char *const *sql)
{
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && *sql) {
        rv = as_stmt_run_text(tx, *sql++);
    }
    return rv;
}

/* Not in a transaction, and without time limits: no other session waits for it. */
static apr_status_t build_index(as_tx_t *tx, void *baton)
{
    static const char *const lift_limits[] = {"SET statement_timeout = 0", "SET lock_timeout = 0",
                                              NULL};
    static const char *const reset_limits[] = {"RESET statement_timeout", "RESET lock_timeout",
                                               NULL};
    const upgrade_t *u = baton;
    apr_status_t rv = run_texts(tx, lift_limits);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = drop_invalid_index(tx, u->step->index);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_stmt_run_text(tx, as_schema_index_sql(tx, u->step, " CONCURRENTLY"));
    return rv == APR_SUCCESS ? run_texts(tx, reset_limits) : rv;
}

static apr_status_t run_steps(upgrade_t *u, int version)
{
    apr_status_t rv = APR_SUCCESS;

    for (u->step = u->plan->expand[version - 1];
         rv == APR_SUCCESS && (u->step->sql.sqlite || u->step->index); u->step++) {
        if (u->step->index) {
            report(u, "version %d: index %s", version, u->step->index);
            rv = as_db_read(u->work, u->pool, build_index, u);
        } else {
            rv = run_statement(u);
        }
    }
    return rv;
}

/*
 * The session that holds the row is idle in its transaction while indexes are built. These
 * statements also close the portal of the one before, whose snapshot CREATE INDEX CONCURRENTLY
 * would wait for.
 */
static apr_status_t allow_long_idle(as_tx_t *tx)
{
    apr_status_t rv = as_stmt_run_text(tx, "SET LOCAL idle_in_transaction_session_timeout = 0");

    return rv == APR_SUCCESS ? lift_statement_timeout(tx) : rv;
}

static apr_status_t expand(as_tx_t *tx, upgrade_t *u, int version)
{
    apr_status_t rv;

    if (!as_tx_is_pgsql(tx)) {
        return as_schema_expand(tx, u->plan, version);
    }
    rv = allow_long_idle(tx);
    return rv == APR_SUCCESS ? run_steps(u, version) : rv;
}

static apr_status_t upgrade_by_one(as_tx_t *tx, void *baton)
{
    upgrade_t *u = baton;
    int next;
    apr_status_t rv = as_schema_lock(tx, u->state, &u->busy);

    if (rv != APR_SUCCESS || u->busy || !as_schema_is_outdated(u->plan, u->state)) {
        return rv;
    }
    next = as_schema_next_version(u->state);
    rv = expand(tx, u, next);
    return rv == APR_SUCCESS ? as_schema_set_version(tx, next, u->state) : rv;
}

static apr_status_t create_tables(as_tx_t *tx, void *baton)
{
    upgrade_t *u = baton;
    apr_status_t rv = lift_statement_timeout(tx);

    return rv == APR_SUCCESS ? as_schema_create_in_unit(tx, u->plan, u->state) : rv;
}

apr_status_t as_schema_upgrade(as_db_t *db, as_db_t *work, apr_pool_t *p,
                               const as_schema_plan_t *plan, const as_schema_report_t *progress,
                               as_schema_state_t *state)
{
    upgrade_t u = {.work = work, .pool = p, .plan = plan, .report = progress, .state = state};
    apr_status_t rv = as_schema_read(db, p, state);

    if (rv == APR_SUCCESS && state->version == 0) {
        return as_db_write(db, p, create_tables, &u);
    }
    if (rv == APR_SUCCESS && state->version == AS_SCHEMA_NO_ROW) {
        return APR_EINVAL;
    }
    while (rv == APR_SUCCESS && !u.busy && as_schema_is_outdated(plan, state)) {
        rv = as_db_write(db, p, upgrade_by_one, &u);
    }
    return rv == APR_SUCCESS && u.busy ? APR_EBUSY : rv;
}

static apr_status_t remove_obsolete(as_tx_t *tx, upgrade_t *u)
{
    apr_status_t rv = APR_SUCCESS;

    for (const as_stmt_t *s = u->plan->contract; rv == APR_SUCCESS && s->sqlite; s++) {
        rv = as_stmt_run_text(tx, as_tx_is_pgsql(tx) && s->pgsql ? s->pgsql : s->sqlite);
        u->removed++;
    }
    return rv;
}

static apr_status_t lock_for_removal(as_tx_t *tx, as_schema_state_t *state, int *busy)
{
    apr_status_t rv = lift_statement_timeout(tx);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_schema_set_lock_timeout(tx);
    return rv == APR_SUCCESS ? as_schema_lock(tx, state, busy) : rv;
}

static apr_status_t contract(as_tx_t *tx, void *baton)
{
    upgrade_t *u = baton;
    as_schema_state_t state;
    apr_status_t rv = lock_for_removal(tx, &state, &u->busy);

    u->removed = 0;
    if (rv != APR_SUCCESS || u->busy) {
        return rv;
    }
    if (state.version != u->plan->version || !state.has_min_module) {
        return APR_EINVAL;
    }
    if (state.min_module >= u->plan->contract_module) {
        return APR_SUCCESS;
    }
    rv = remove_obsolete(tx, u);
    return rv == APR_SUCCESS ? as_stmt_exec(tx, &set_min_module, NULL, &u->plan->contract_module)
                             : rv;
}

apr_status_t as_schema_contract(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                                int *removed)
{
    upgrade_t u = {.pool = p, .plan = plan};
    as_schema_state_t state;
    apr_status_t rv = as_schema_read(db, p, &state);

    *removed = 0;
    if (rv == APR_SUCCESS && state.version <= 0) {
        return APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        rv = as_db_write(db, p, contract, &u);
    }
    *removed = rv == APR_SUCCESS ? u.removed : 0;
    return rv == APR_SUCCESS && u.busy ? APR_EBUSY : rv;
}
