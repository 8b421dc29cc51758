/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of database errors: what the retry rule and the callers distinguish. */
#ifndef AS_DB_FAULT_H
#define AS_DB_FAULT_H

#include <apr_dbd.h>
#include <apr_pools.h>

typedef enum as_fault_t {
    AS_FAULT_NONE,
    AS_FAULT_LOST,      /* the connection is broken */
    AS_FAULT_CONFLICT,  /* serialization failure or deadlock with another transaction */
    AS_FAULT_READONLY,  /* the server accepts no writes (any more) */
    AS_FAULT_SCHEMA,    /* the prepared statements are stale (SQLite) */
    AS_FAULT_UNIQUE,    /* the key exists already */
    AS_FAULT_REFERENCE, /* the row of a foreign key does not exist */
    AS_FAULT_OTHER
} as_fault_t;

/*
 * Classify the error of an apr_dbd call that returned ret != 0 on this connection. *code: SQLSTATE
 * or SQLite code for the log, from p. It holds no values of the statement.
 */
as_fault_t as_fault_classify(apr_pool_t *p, const apr_dbd_driver_t *driver, apr_dbd_t *handle,
                             int ret, const char **code);

/* Why a connection could not be opened, without secrets: libpq quotes parts of a malformed
 * connection string, or all of it, and so maybe the password. `reason` itself, or a constant. */
const char *as_fault_redact_reason(const char *reason);

#endif
