/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_commands.h"

#include <stdio.h>
#include <string.h>

#include "db/sqlite_file.h"
#include "store/schema.h"

enum { ERROR_BYTES = 256 };

/* The last error of the working connection. Waiting for a lock fails many times, so only the last
 * one is printed. */
static char last_error[ERROR_BYTES];

static int is_error(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_ERR;
}

static void keep_error(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    (void)ctx;
    (void)level;
    (void)rv;
    snprintf(last_error, sizeof(last_error), "%s", message);
}

static void print_line(void *ctx, const char *line)
{
    (void)ctx;
    printf("%s\n", line);
    fflush(stdout);
}

static int show(const as_schema_state_t *state)
{
    int own = as_schema_plan.version;

    if (!state->version) {
        printf("no tables; this program has version %d\n", own);
    } else {
        printf("version %d, this program has %d; modules from version %d on can use it%s\n",
               state->version, own, state->min_module,
               state->version < own ? ": run authsmsctl … schema upgrade" : "");
    }
    return CTL_OK;
}

static int upgrade(ctl_t *ctl)
{
    static const as_log_t log = {is_error, keep_error, NULL};
    static const as_schema_report_t report = {print_line, NULL};
    as_schema_state_t state;
    as_db_t *work;
    apr_status_t rv;
    int status = ctl_connect(ctl, CTL_SCHEMA_TIMEOUT, &log, &work);

    if (status != CTL_OK) {
        return status;
    }
    rv = as_schema_upgrade(ctl->db, work, ctl->pool, &as_schema_plan, &report, &state);
    if (rv == APR_EBUSY) {
        return ctl_print_error("another upgrade is running: repeat the command when it has ended");
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error("the upgrade is incomplete%s%s: run it again, it continues",
                               *last_error ? ": " : "", last_error);
    }
    ctl_fix_file_owner(ctl);
    printf("the tables have version %d\n", state.version);
    return CTL_OK;
}

static int contract(ctl_t *ctl)
{
    int removed;
    apr_status_t rv = as_schema_contract(ctl->db, ctl->pool, &as_schema_plan, &removed);

    if (rv == APR_EINVAL) {
        return ctl_print_error(
            "the tables are not of this program's version: run schema upgrade first");
    }
    if (rv == APR_EBUSY) {
        return ctl_print_error("an upgrade is running: repeat the command when it has ended");
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error("the database failed, nothing was changed");
    }
    if (removed) {
        printf("done: modules from version %d on can use the tables\n",
               as_schema_plan.contract_module);
    } else {
        printf("nothing to remove\n");
    }
    return CTL_OK;
}

int ctl_schema(ctl_t *ctl)
{
    const char *action = ctl->argv[0];
    as_schema_state_t state = {0, 0, 0};

    if (strcmp(action, "show") != 0 && strcmp(action, "create") != 0 &&
        strcmp(action, "upgrade") != 0 && strcmp(action, "contract") != 0) {
        ctl_print_error("schema '%s' must be show, create, upgrade or contract", action);
        return CTL_USAGE;
    }
    if (strcmp(action, "create") == 0 && strcmp(ctl->driver, "sqlite3") == 0) {
        as_sqlite_file_create(ctl->pool, ctl->params);
    }
    if (ctl_database_exists(ctl) && as_schema_read(ctl->db, ctl->pool, &state) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    if (state.version == AS_SCHEMA_NO_ROW) {
        return ctl_print_no_row();
    }
    if (strcmp(action, "show") == 0) {
        return show(&state);
    }
    if (strcmp(action, "create") == 0 && state.version &&
        as_schema_is_outdated(&as_schema_plan, &state)) {
        return ctl_print_error("the tables exist with version %d: run schema upgrade",
                               state.version);
    }
    if (strcmp(action, "create") != 0 && !state.version) {
        return ctl_print_error("no tables to %s: run schema create", action);
    }
    if (as_schema_evaluate(&as_schema_plan, &state) == AS_SCHEMA_TOO_NEW) {
        return ctl_print_error(
            "the tables have version %d and need a program of version %d or later, "
            "this one has %d",
            state.version, state.min_module, as_schema_plan.version);
    }
    return strcmp(action, "contract") == 0 ? contract(ctl) : upgrade(ctl);
}
