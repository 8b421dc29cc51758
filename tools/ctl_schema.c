/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_commands.h"

#include <stdio.h>
#include <string.h>

#include "store/schema.h"
#include "db/sqlite_file.h"

enum { REASON_MAX = 256 };

/* The last failure on the working connection: waiting for a lock fails many times. */
static char last_reason[REASON_MAX];

static int keeps_errors(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_ERR;
}

static void keep_reason(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    (void)ctx;
    (void)level;
    (void)rv;
    snprintf(last_reason, sizeof(last_reason), "%s", message);
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
        printf("no tables, this program's version is %d\n", own);
    } else {
        printf("version %d, this program's is %d; modules from version %d on work with it%s\n",
               state->version, own, state->min_module,
               state->version < own ? ": authsmsctl … schema upgrade" : "");
    }
    return CTL_OK;
}

static int upgrade(ctl_t *ctl)
{
    static const as_log_t log = {keeps_errors, keep_reason, NULL};
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
        return ctl_print_error("another upgrade is running: try again when it is done");
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error(
            "the upgrade is not complete%s%s: run it again, it goes on from there",
            *last_reason ? ": " : "", last_reason);
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
            "the tables are not of this program's version: schema upgrade first");
    }
    if (rv == APR_EBUSY) {
        return ctl_print_error("an upgrade is running: try again when it is done");
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error("nothing was changed");
    }
    if (removed) {
        printf("done: modules from version %d on work with the tables\n",
               as_schema_plan.contract_module);
    } else {
        printf("nothing to remove\n");
    }
    return CTL_OK;
}

int ctl_schema(ctl_t *ctl)
{
    const char *what = ctl->argv[0];
    as_schema_state_t state = {0, 0, 0};

    if (strcmp(what, "show") != 0 && strcmp(what, "create") != 0 && strcmp(what, "upgrade") != 0 &&
        strcmp(what, "contract") != 0) {
        ctl_print_error("schema '%s' must be show, create, upgrade or contract", what);
        return CTL_USAGE;
    }
    if (strcmp(what, "create") == 0 && strcmp(ctl->driver, "sqlite3") == 0) {
        as_sqlite_file_create(ctl->pool, ctl->params);
    }
    if (ctl_database_exists(ctl) && as_schema_read(ctl->db, ctl->pool, &state) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    if (state.version == AS_SCHEMA_NO_ROW) {
        return ctl_fail_no_row();
    }
    if (strcmp(what, "show") == 0) {
        return show(&state);
    }
    if (strcmp(what, "create") == 0 && state.version &&
        as_schema_is_outdated(&as_schema_plan, &state)) {
        return ctl_print_error("there are tables of version %d: schema upgrade", state.version);
    }
    if (strcmp(what, "create") != 0 && !state.version) {
        return ctl_print_error("there are no tables to %s: schema create", what);
    }
    if (as_schema_evaluate(&as_schema_plan, &state) == AS_SCHEMA_TOO_NEW) {
        return ctl_print_error(
            "the tables have version %d and need a program of version %d or later, "
            "this one has %d",
            state.version, state.min_module, as_schema_plan.version);
    }
    return strcmp(what, "contract") == 0 ? contract(ctl) : upgrade(ctl);
}
