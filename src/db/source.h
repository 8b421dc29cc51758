/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a database gets its connections from: mod_dbd's pool (server/dbd.c), or a direct source,
 * which opens connections itself. Direct sources serve PostgreSQL in httpd, tools and unit tests.
 * mod_dbd would open DBDMin connections before a child serves requests, and each new one under the
 * lock of its pool: an unreachable host blocks both.
 */
#ifndef AS_DB_SOURCE_H
#define AS_DB_SOURCE_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/log.h"

/* A borrowed connection. */
typedef struct as_source_loan_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_pool_t *pool;     /* the connection's */
    void *record;         /* the source's own */
    const char *reason;   /* without a connection: the driver's text; NULL: already logged */
    apr_time_t opened_at; /* when opening began (monotonic clock); 0: unknown */
} as_source_loan_t;

/* How the source disposes of a returned connection. */
typedef enum as_source_disposition_t {
    AS_SOURCE_KEEP,
    AS_SOURCE_CLOSE,
    /* Close it, and each connection opened before now before its next use: their server failed or
     * accepts no writes any more. */
    AS_SOURCE_CLOSE_OLDER,
    /* Keep it, and close all others likewise: they are connected to a former primary. */
    AS_SOURCE_KEEP_CLOSE_OLDER
} as_source_disposition_t;

typedef struct as_source_t {
    /* Borrow a connection that was opened at `since` (monotonic clock) or later; 0: any.
     * APR_TIMEUP: all are in use; any other error: the server is unreachable. */
    apr_status_t (*borrow)(void *ctx, apr_pool_t *p, apr_time_t since, as_source_loan_t *loan);
    /* Once for each successful borrow. */
    void (*give_back)(void *ctx, as_source_loan_t *loan, as_source_disposition_t disposition);
    /* The process ends: all waiting for a connection ends, without one. NULL: borrow never waits.
     */
    void (*stop)(void *ctx);
    void *ctx;
} as_source_t;

typedef struct as_source_direct_options_t {
    const char *driver;             /* as in DBDriver */
    const char *params;             /* as in DBDParams */
    const apr_array_header_t *init; /* const char *: run on each new connection; NULL: none */
    int min; /* connections that the background thread keeps open, used or not */
    int max;
    apr_interval_time_t max_age; /* of a connection, before its next use; 0: any */
    /* A thread opens connections, and replaces idle ones before they reach max_age; borrow waits
     * for it, at most 2 s. Without it, borrow opens them. */
    int background;
    const as_log_t *log;
} as_source_direct_options_t;

/*
 * A source of at most `max` connections (one more while an old one is replaced). They are opened
 * without a lock and closed with p. driver, params and init must live as long as p. APR_EINIT,
 * APR_EDSOOPEN…: the driver cannot be loaded. SQLite writers of one process need no lock beyond
 * as_db_options_t's.
 */
apr_status_t as_source_create_direct(apr_pool_t *p, const as_source_direct_options_t *options,
                                     as_source_t *source);

#endif
