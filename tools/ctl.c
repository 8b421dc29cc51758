/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl.h"

#include <apr_strings.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl_output.h"
#include "db/source.h"
#include "store/schema.h"

static void write_line(const char *format, va_list args)
{
    apr_pool_t *p;
    const char *text;

    if (apr_pool_create(&p, NULL) != APR_SUCCESS) {
        return;
    }
    text = ctl_escape(p, apr_pvsprintf(p, format, args));
    fprintf(stderr, "authsmsctl: %s\n", text);
    apr_pool_destroy(p);
}

int ctl_print_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(format, args);
    va_end(args);
    return CTL_FAILED;
}

void ctl_print_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(format, args);
    va_end(args);
}

static int log_enabled(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_ERR;
}

static void log_write(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    char text[256] = "";

    (void)ctx;
    (void)level;
    if (rv != APR_SUCCESS) {
        apr_strerror(rv, text, sizeof(text));
    }
    ctl_print_error("%s%s%s", message, *text ? ": " : "", text);
}

int ctl_connect(const ctl_t *ctl, apr_interval_time_t timeout, const as_log_t *log, as_db_t **db)
{
    as_db_options_t options = {
        .slots = 1,
        .wait = apr_time_from_sec(10),
        .bound = timeout,
        .log = log,
    };
    as_source_direct_options_t direct = {
        .driver = ctl->driver,
        .params = ctl->params,
        .init = ctl->init,
        .max = 1,
        .log = log,
    };

    if (as_source_create_direct(ctl->pool, &direct, &options.source) != APR_SUCCESS) {
        return ctl_print_error("no driver '%s': install apr-util's driver for sqlite3 or pgsql",
                               strpbrk(ctl->driver, "=:") ? "…" : ctl->driver);
    }
    return as_db_create(ctl->pool, &options, db) == APR_SUCCESS ? CTL_OK
                                                                : ctl_print_error("out of memory");
}

int ctl_open(ctl_t *ctl, apr_interval_time_t timeout)
{
    static const as_log_t log = {log_enabled, log_write, NULL};

    return ctl_connect(ctl, timeout, &log, &ctl->db);
}

int ctl_has_password(const char *params)
{
    const char *host = strstr(params, "://");
    const char *colon = host ? strchr(host + 3, ':') : NULL;

    for (const char *at = params; (at = strstr(at, "password")) != NULL;) {
        at += strlen("password");
        if (at[strspn(at, " \t")] == '=') {
            return 1;
        }
    }
    return colon && strchr(colon, '@');
}

int ctl_database_exists(const ctl_t *ctl)
{
    struct stat file;

    return strcmp(ctl->driver, "sqlite3") != 0 || stat(ctl->params, &file) == 0 || errno != ENOENT;
}

int ctl_print_no_row(void)
{
    return ctl_print_error(
        "authsms_schema has no row, so the version of the tables is unknown: restore "
        "the row from a backup, or, if this program made the tables: INSERT INTO "
        "authsms_schema (version, min_module) VALUES (%d, %d)",
        as_schema_plan.version, as_schema_plan.min_module);
}

int ctl_check_schema(ctl_t *ctl)
{
    as_schema_state_t state;

    if (!ctl_database_exists(ctl)) {
        /* Only a path is shown: parameters of PostgreSQL may have a password. */
        return ctl_print_error("%s does not exist: run authsmsctl … schema create",
                               *ctl->params == '/' ? ctl->params : "the database file");
    }
    if (as_schema_read(ctl->db, ctl->pool, &state) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    switch (as_schema_evaluate(&as_schema_plan, &state)) {
    case AS_SCHEMA_COMPATIBLE:
        return CTL_OK;
    case AS_SCHEMA_NO_VERSION:
        return ctl_print_no_row();
    case AS_SCHEMA_MISSING:
        return ctl_print_error("there are no tables: run authsmsctl … schema create");
    case AS_SCHEMA_TOO_OLD:
        return ctl_print_error(
            "the tables have version %d, this program needs %d: run authsmsctl … schema "
            "upgrade",
            state.version, as_schema_plan.min_version);
    default:
        return ctl_print_error(
            "the tables have version %d and need a program of version %d or later, "
            "this one has %d: use the authsmsctl that came with them",
            state.version, state.min_module, as_schema_plan.version);
    }
}

void ctl_fix_file_owner(const ctl_t *ctl)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    const char *slash = strrchr(ctl->params, '/');
    const char *directory =
        slash ? apr_pstrmemdup(ctl->pool, ctl->params, (apr_size_t)(slash - ctl->params) + 1) : ".";
    struct stat owner, file;

    if (strcmp(ctl->driver, "sqlite3") != 0 || geteuid() != 0 || stat(directory, &owner) != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        const char *name = apr_pstrcat(ctl->pool, ctl->params, suffixes[i], NULL);

        /* lstat and lchown do not follow symbolic links. */
        if (lstat(name, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == 0 &&
            lchown(name, owner.st_uid, owner.st_gid) != 0) {
            ctl_print_error("%s belongs to root: httpd cannot write it. Change its owner.", name);
        }
    }
}
