/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsmsctl doctor: checks a live configuration. Each group of checks has a file. A check reports
 * one result; it writes nothing and sends no text. What cannot be read is reported as not checked,
 * never as ok.
 */
#ifndef AS_TOOLS_CTL_DOCTOR_H
#define AS_TOOLS_CTL_DOCTOR_H

#include <apr_hash.h>

#include <sys/types.h>

#include "base/http_client.h"
#include "ctl.h"
#include "ctl_conf_reader.h"

typedef enum ctl_doctor_result_t {
    CTL_DOCTOR_OK,
    CTL_DOCTOR_WARNING,
    CTL_DOCTOR_PROBLEM,
    CTL_DOCTOR_NOT_CHECKED,
    CTL_DOCTOR_RESULTS
} ctl_doctor_result_t;

/* The user that httpd's children run as. */
typedef struct ctl_doctor_user_t {
    const char *name;  /* NULL: unknown */
    const char *group; /* its own, or a name like the user's */
    uid_t uid;
    gid_t gid;
} ctl_doctor_user_t;

typedef struct ctl_doctor_t {
    ctl_t *ctl;
    apr_pool_t *pool;
    const ctl_conf_t *conf;
    ctl_doctor_user_t user;
    const char *group; /* of the checks that run */
    int databases;     /* how many the configuration has */
    apr_hash_t *said;  /* results without a place are the same for many virtual hosts */
    as_http_client_t *http;
    /* The clock of the last provider that was asked. 0: none. It was read between server_date_read
     * and that time plus server_date_error, both of this host's clock. */
    apr_time_t server_date, server_date_read;
    apr_interval_time_t server_date_error;
    int counts[CTL_DOCTOR_RESULTS];
} ctl_doctor_t;

/* ---- the report ---- */

/*
 * Print a result: a line, and below it, indented, the advice: what to do. NULL: none. Both are
 * escaped (ctl_output.h). With --json: {"result":…,"group":…,"message":…,"advice":…}. Never pass a
 * secret. The same result is reported once.
 */
void ctl_doctor_report(ctl_doctor_t *d, ctl_doctor_result_t result, const char *advice,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "FILE:LINE" of a directive. */
const char *ctl_doctor_place(apr_pool_t *p, const ctl_directive_t *directive);

/* A word for a shell: in quotes if it needs them. */
const char *ctl_doctor_quote(apr_pool_t *p, const char *word);

/* A log for database connections (base/log.h), whose warnings and errors are kept. */
typedef struct ctl_doctor_log_t {
    as_log_t log;
    apr_pool_t *pool;
    apr_array_header_t *warnings; /* const char * */
    const char *error;            /* the last one; NULL: none */
} ctl_doctor_log_t;

void ctl_doctor_log_init(ctl_doctor_log_t *log, apr_pool_t *p);

/* Report the warnings of a log. Their last clause is the advice. */
void ctl_doctor_report_warnings(ctl_doctor_t *d, const ctl_doctor_log_t *log);

/* Split a log message before its last clause: after "; ", else after the last ": ". Returns that
 * clause, NULL: there is none. *message: the text before it, without the tag of the error log. */
const char *ctl_doctor_split_advice(apr_pool_t *p, const char *text, const char **message);

/* ---- files ---- */

/* The directory of an absolute path. */
const char *ctl_doctor_directory(apr_pool_t *p, const char *path);

/* Mode and owner of a file that has a secret. */
typedef struct ctl_doctor_file_t {
    const char *path;
    mode_t mode;
    uid_t owner;
    mode_t directory_mode; /* of its directory */
} ctl_doctor_file_t;

/* What lets other users read or replace the file; NULL: nothing. *advice: the command that mends
 * it. own: who runs this program. */
const char *ctl_doctor_find_file_fault(apr_pool_t *p, const ctl_doctor_file_t *file, uid_t own,
                                       const ctl_doctor_user_t *user, const char **advice);

/* Report a file of a secret that other users can read or replace. `what`: for the message. Returns
 * 1 if nothing was reported. */
int ctl_doctor_check_secret_file(ctl_doctor_t *d, const char *what, const char *path);

/* Report a secret that stands in a configuration file, or in `envvars`, which other users can read.
 * secret: with it, the word that has it. remedy: where to move it. Returns 1 if nothing was
 * reported. */
int ctl_doctor_check_literal(ctl_doctor_t *d, const ctl_directive_t *directive, const char *what,
                             const char *secret, const char *remedy);

/* The same for the source env:NAME, which `envvars` may set. */
int ctl_doctor_check_env(ctl_doctor_t *d, const char *what, const char *name);

/* The remedy for a secret with a source. */
#define CTL_DOCTOR_MOVE_SECRET "move it to a file of mode 600 and write file:PATH"

/* Does httpd's user have this access (R_OK…)? Checked by a process of that user: permission bits
 * alone do not include ACLs and groups. -1: unknown, since only root can check it. */
int ctl_doctor_may_access(const ctl_doctor_user_t *user, const char *path, int mode);

/* ---- secrets ---- */

/* A secret source as it may be shown: its kind and name, never a literal value. */
const char *ctl_doctor_describe_source(apr_pool_t *p, const char *source);

/* Why a source cannot be read here although httpd may be able to; NULL: it can. */
const char *ctl_doctor_find_unreadable(ctl_doctor_t *d, const char *source, const char **advice);

/* ---- uses of the module ---- */

/* Does this virtual host, or all of them, have AuthSMSApi On? */
int ctl_doctor_has_api(const ctl_conf_t *conf, int host);

/* … AuthType JWT or AuthSMSProtect On? */
int ctl_doctor_has_guard(const ctl_conf_t *conf, int host);

/* ---- the groups ---- */

void ctl_doctor_check_keys(ctl_doctor_t *d);
void ctl_doctor_check_databases(ctl_doctor_t *d);
void ctl_doctor_check_settings(ctl_doctor_t *d);

/* Make d->http, which both of these need. */
apr_status_t ctl_doctor_open_http(ctl_doctor_t *d);
void ctl_doctor_check_providers(ctl_doctor_t *d);
void ctl_doctor_check_urls(ctl_doctor_t *d);

/* Compare a clock, read between `before` and `after` (this host's clock). */
void ctl_doctor_check_clock(ctl_doctor_t *d, const char *whose, apr_time_t other, apr_time_t before,
                            apr_time_t after);

/* A PostgreSQL server, as the virtual host `host` uses it. Returns the name of the role. */
const char *ctl_doctor_check_pgsql(ctl_doctor_t *d, as_db_t *db, int host);

/* An SQLite file that is open. */
void ctl_doctor_check_sqlite(ctl_doctor_t *d, as_db_t *db);

/* An SQLite file before it is opened: an absolute path. 1: it can be opened; 0: reported. */
int ctl_doctor_check_sqlite_file(ctl_doctor_t *d, const char *path);

/* The largest number of httpd's children, and threads of each. 0: unknown. */
void ctl_doctor_count_children(const ctl_conf_t *conf, int *children, int *threads);

#endif
