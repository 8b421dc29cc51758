/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of authsmsctl share. */
#ifndef AS_TOOLS_CTL_H
#define AS_TOOLS_CTL_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "store/db.h"

/* How the program ends. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

typedef struct ctl_t {
    apr_pool_t *pool;
    const char *driver;
    const char *params;
    as_db_t *db;
    int argc; /* the command's own words */
    const char *const *argv;
    int yes, full, pending, locked, all; /* --yes … */
    int limit;
    apr_interval_time_t pending_ttl;
    const char *country;
} ctl_t;

/* A command: its exit code. */
typedef int ctl_command_fn(ctl_t *ctl);

ctl_command_fn ctl_schema, ctl_list, ctl_show, ctl_lock, ctl_unlock, ctl_verify, ctl_logout,
    ctl_delete, ctl_import;

/* One line to stderr: "authsmsctl: …"; returns CTL_FAILED. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Open the database of ctl->driver and ctl->params. CTL_OK or, told, CTL_FAILED. */
int ctl_open(ctl_t *ctl);

/* CTL_OK if the tables are of this program's version; else told. */
int ctl_check_schema(ctl_t *ctl);

/* On SQLite, as root: the files belong to who owns their directory, so that httpd can write them.
 */
void ctl_hand_over(const ctl_t *ctl);

/* DBDriver and DBDParams of an httpd configuration with all it includes. CTL_OK or, told,
 * CTL_FAILED: a file that cannot be read, none there, or several that differ. */
int ctl_read_config(ctl_t *ctl, const char *file);

#endif
