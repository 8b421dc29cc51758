/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by all commands of authsmsctl: options, database connections, messages. */
#ifndef AS_TOOLS_CTL_H
#define AS_TOOLS_CTL_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "db/unit.h"

/* Exit status. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/* Of one statement of an upgrade: building an index of a large table may take hours. */
#define CTL_SCHEMA_TIMEOUT apr_time_from_sec(86400)

/* The file "-". */
#define CTL_STDIN "/dev/stdin"

typedef struct ctl_t {
    apr_pool_t *pool;
    const char *config; /* --config; NULL: none */
    const char *driver;
    const char *params;
    const apr_array_header_t *init; /* const char *: run on each new connection; NULL: none */
    as_db_t *db;
    int argc; /* words after the command's name */
    const char *const *argv;
    int json, yes, full, pending, locked, reset, htpasswd; /* --json … */
    int limit;
    int uses;
    apr_interval_time_t pending_ttl, ttl;
    const char *country;
    const char *number;        /* as given; NULL: none */
    const char *audit_log;     /* path of AuthSMSAuditLog; NULL: none, or a program */
    apr_array_header_t *roles; /* const char *: --role */
} ctl_t;

/* Print "authsmsctl: …" to stderr, escaped (ctl_output.h). Returns CTL_FAILED. */
int ctl_print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a message that is not an error. */
void ctl_print_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Open ctl->db, the database of ctl->driver and ctl->params. No statement takes longer than
 * `timeout`. CTL_OK, or CTL_FAILED with a printed error. */
int ctl_open(ctl_t *ctl, apr_interval_time_t timeout);

/* Open another connection to the same database, with its own log. */
int ctl_connect(const ctl_t *ctl, apr_interval_time_t timeout, const as_log_t *log, as_db_t **db);

/* Do the parameters of PostgreSQL hold a password, as a word or before the host of a URI? */
int ctl_has_password(const char *params);

/* 0: the SQLite file does not exist. Check it before reading: a query would create the file, and as
 * root httpd could not write it. */
int ctl_database_exists(const ctl_t *ctl);

/* CTL_OK if this program can use the tables; else CTL_FAILED with a printed error. */
int ctl_check_schema(ctl_t *ctl);

/* Print how to restore an authsms_schema without a row. Returns CTL_FAILED. */
int ctl_print_no_row(void);

/* SQLite, as root: give the database files to the owner of their directory, so that httpd can write
 * them. */
void ctl_fix_file_owner(const ctl_t *ctl);

#endif
