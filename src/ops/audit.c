/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/audit.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/version.h"
#include "config/config.h"

APLOG_USE_MODULE(authsms);

#define LOG_EVERY apr_time_from_sec(60)
#define FILE_MODE (APR_FPROT_UREAD | APR_FPROT_UWRITE)

typedef struct audit_log_t {
    server_rec *server; /* for errors */
    const char *name;   /* value of the directive */
    apr_file_t *file;
    _Atomic apr_int64_t failed_at; /* last logged failure */
} audit_log_t;

static void log_failure(audit_log_t *log, apr_status_t rv)
{
    apr_time_t now = as_clock_monotonic();
    apr_int64_t last = atomic_load(&log->failed_at);

    if ((last && now - last < LOG_EVERY) ||
        !atomic_compare_exchange_strong(&log->failed_at, &last, now)) {
        return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, rv, log->server,
                 AS_TAG(0611) "AuthSMSAuditLog %s: an event cannot be written (repeated within a "
                              "minute: not logged)",
                 log->name);
}

/* One write per line: the file is opened with O_APPEND, and a line fits in a pipe's atomic write,
 * so lines of several processes are not mixed. */
static void write_event(void *ctx, apr_pool_t *p, const as_event_t *event)
{
    audit_log_t *log = ctx;
    const char *line = as_event_format(p, event, as_clock_now());
    apr_size_t len = strlen(line);
    apr_size_t written = len;
    apr_status_t rv = apr_file_write(log->file, line, &written);

    if (rv != APR_SUCCESS || written != len) {
        log_failure(log, rv == APR_SUCCESS ? APR_ENOSPC : rv);
    }
}

/* "|PROGRAM", "||PROGRAM" (the same), or "|$COMMAND" for the shell, as httpd's other logs. */
static apr_status_t start_program(apr_pool_t *p, const char *command, apr_file_t **file)
{
    apr_cmdtype_e type = APR_PROGRAM_ENV;
    piped_log *log;

    if (*command == '|') {
        command++;
    } else if (*command == '$') {
        command++;
        type = APR_SHELLCMD_ENV;
    }
    log = ap_open_piped_log_ex(p, command, type);
    *file = log ? ap_piped_log_write_fd(log) : NULL;
    return *file ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t open_target(apr_pool_t *p, const char *name, apr_file_t **file)
{
    if (*name == '|') {
        return start_program(p, name + 1, file);
    }
    return apr_file_open(
        file, ap_server_root_relative(p, name),
        APR_FOPEN_WRITE | APR_FOPEN_APPEND | APR_FOPEN_CREATE | APR_FOPEN_LARGEFILE, FILE_MODE, p);
}

/* The log of an earlier host with this value; NULL: none. */
static audit_log_t *find_opened(const apr_array_header_t *logs, const char *name)
{
    for (int i = 0; i < logs->nelts; i++) {
        audit_log_t *log = APR_ARRAY_IDX(logs, i, audit_log_t *);

        if (strcmp(log->name, name) == 0) {
            return log;
        }
    }
    return NULL;
}

static audit_log_t *open_log(apr_pool_t *p, server_rec *s, apr_array_header_t *logs)
{
    const char *name = as_srv_audit_log(as_srv(s));
    audit_log_t *log = find_opened(logs, name);
    apr_status_t rv;

    if (log) {
        return log;
    }
    log = apr_pcalloc(p, sizeof(*log));
    log->server = s;
    log->name = name;
    rv = open_target(p, name, &log->file);
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, rv, s,
                     AS_TAG(0610) "AuthSMSAuditLog %s cannot be opened", name);
        return NULL;
    }
    APR_ARRAY_PUSH(logs, audit_log_t *) = log;
    return log;
}

int as_audit_open_logs(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    apr_array_header_t *logs = apr_array_make(ptemp, 2, sizeof(audit_log_t *));

    (void)plog;
    for (; s; s = s->next) {
        audit_log_t *log = as_srv_audit_log(as_srv(s)) ? open_log(pconf, s, logs) : NULL;

        if (as_srv_audit_log(as_srv(s)) &&
            (!log || as_event_add_sink(&as_srv(s)->events, write_event, log) != APR_SUCCESS)) {
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

void as_audit_record_start(apr_pool_t *p, server_rec *s)
{
    for (; s; s = s->next) {
        const as_event_t event = {
            .kind = AS_EVENT_START,
            .host = s->server_hostname,
            .version = as_version(),
        };

        if (as_srv_api_path(as_srv(s))) {
            as_event_raise(&as_srv(s)->events, p, &event);
        }
    }
}
