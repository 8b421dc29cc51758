/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_commands.h"

#include <apr_strings.h>

#include <stdio.h>
#include <string.h>

#include "ctl_output.h"
#include "db/sqlite_file.h"
#include "store/schema.h"
#include "text/json.h"

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

/* A line of text, or {"result": …}. */
static void print_result(const ctl_t *ctl, const char *text)
{
    json_object *object;

    if (!ctl->json) {
        printf("%s\n", text);
        return;
    }
    object = as_json_new_object(ctl->pool);
    ctl_add_text(object, "result", text);
    ctl_print_json(object);
}

static void report_step(void *ctx, const char *line)
{
    print_result(ctx, line);
    fflush(stdout);
}

static int show_json(const ctl_t *ctl, const as_schema_state_t *state)
{
    json_object *object = as_json_new_object(ctl->pool);

    json_object_object_add(object, "version", json_object_new_int(state->version));
    json_object_object_add(object, "program", json_object_new_int(as_schema_plan.version));
    json_object_object_add(object, "minModule", json_object_new_int(state->min_module));
    ctl_print_json(object);
    return CTL_OK;
}

static int show(const ctl_t *ctl, const as_schema_state_t *state)
{
    int own = as_schema_plan.version;

    if (ctl->json) {
        return show_json(ctl, state);
    }
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
    const as_schema_report_t report = {report_step, ctl};
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
    print_result(ctl, apr_psprintf(ctl->pool, "the tables have version %d", state.version));
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
    print_result(ctl, removed ? apr_psprintf(ctl->pool,
                                             "done: modules from version %d on can use the tables",
                                             as_schema_plan.contract_module)
                              : "nothing to remove");
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
        return show(ctl, &state);
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
