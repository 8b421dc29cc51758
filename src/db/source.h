/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections straight from apr_dbd: PostgreSQL's in httpd, and those of tools and unit tests.
 * mod_dbd opens DBDMin connections before a child serves anything, and each new one under the lock
 * of its pool: a host that accepts no packets holds up both.
 */
#ifndef AS_DB_SOURCE_H
#define AS_DB_SOURCE_H

#include <apr_tables.h>

#include "db/unit.h"

typedef struct as_source_direct_options_t {
    const char *driver;             /* as DBDriver has it */
    const char *params;             /* as DBDParams has them */
    const apr_array_header_t *init; /* const char *, run on each new connection; NULL: nothing */
    int min; /* in the background: connections that are kept open, used or not */
    int max;
    apr_interval_time_t max_age; /* of a connection, before its next use; 0: any */
    /* A thread opens connections; who borrows waits for it, 2 s at most. It also replaces idle
     * connections before they reach max_age. Otherwise they are opened by those who borrow. */
    int background;
    const as_log_t *log;
} as_source_direct_options_t;

/*
 * A source of at most `max` connections (for a moment one more, while one is replaced), opened
 * outside of any lock and closed with p. The driver, the parameters and `init` must live as long as
 * p. APR_EINIT, APR_EDSOOPEN…: the driver cannot be loaded. Writers of SQLite in one process need
 * no lock beyond as_db_options_t's.
 */
apr_status_t as_source_create_direct(apr_pool_t *p, const as_source_direct_options_t *options,
                                     as_source_t *source);

#endif
