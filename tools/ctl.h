/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of authsmsctl stands on: its options, its database, and how it speaks. */
#ifndef AS_TOOLS_CTL_H
#define AS_TOOLS_CTL_H

#include <apr_pools.h>

#include "db/unit.h"

/* How the program ends. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/* An index of a large table may take hours. */
#define CTL_SCHEMA_TIMEOUT apr_time_from_sec(86400)

/* The file "-". */
#define CTL_STDIN "/dev/stdin"

typedef struct ctl_t {
    apr_pool_t *pool;
    const char *driver;
    const char *params;
    as_db_t *db;
    int argc; /* the command's own words */
    const char *const *argv;
    int yes, full, pending, locked; /* --yes … */
    int limit;
    apr_interval_time_t pending_ttl;
    const char *country;
} ctl_t;

/* One line to stderr: "authsmsctl: …"; returns CTL_FAILED. */
int ctl_print_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what is no failure. */
void ctl_print_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Open the database of ctl->driver and ctl->params, in which no statement takes longer than
 * `bound`. CTL_OK or, told, CTL_FAILED. */
int ctl_open(ctl_t *ctl, apr_interval_time_t bound);

/* A further connection to it, with a log of its own. */
int ctl_connect(const ctl_t *ctl, apr_interval_time_t bound, const as_log_t *log, as_db_t **db);

/* Asking for a SQLite file that is not there would make one, and for root one that httpd cannot
 * write: 0 if it is not. */
int ctl_database_exists(const ctl_t *ctl);

/* CTL_OK if this program works with the tables; else CTL_FAILED, and it is said why. */
int ctl_check_schema(ctl_t *ctl);

/* The version of the tables is unknown (AS_SCHEMA_NO_VERSION): how to restore it; CTL_FAILED. */
int ctl_fail_no_row(void);

/* On SQLite, as root: the files belong to who owns their directory, so that httpd can write them.
 */
void ctl_fix_file_owner(const ctl_t *ctl);

#endif
