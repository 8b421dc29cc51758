/* SPDX-License-Identifier: Apache-2.0 */
/* What authsmsctl doctor reads from a database. Nothing here writes. */
#ifndef AS_STORE_DIAGNOSIS_H
#define AS_STORE_DIAGNOSIS_H

#include <apr_tables.h>

#include "db/unit.h"
#include "store/schema_plan.h"

typedef struct as_diagnosis_table_t {
    const char *name;
    int exists; /* 0 on PostgreSQL also if the role has no USAGE on the schema */
    /* PostgreSQL: the rights that the role lacks, such as "INSERT, DELETE"; "": none. The module
     * needs SELECT on authsms_schema, and SELECT, INSERT, UPDATE and DELETE on all others. */
    const char *missing;
} as_diagnosis_table_t;

/* The tables of a plan and authsms_schema: as_diagnosis_table_t. APR_EAGAIN: see as_db_read. */
apr_status_t as_diagnosis_list_tables(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                                      apr_array_header_t **tables);

/* A PostgreSQL server, as the role sees it. */
typedef struct as_diagnosis_server_t {
    const char *role;
    const char *database;
    int connections_max; /* for roles that are no superusers, all of them together */
    int role_limit;      /* of connections; -1: none */
    const char *lock_timeout, *idle_timeout; /* "0": none; otherwise with a unit: "2s" */
    apr_time_t now;                          /* the server's clock */
    int is_superuser;
} as_diagnosis_server_t;

/* PostgreSQL only. APR_EAGAIN: see as_db_read. */
apr_status_t as_diagnosis_read_server(as_db_t *db, apr_pool_t *p, as_diagnosis_server_t *server);

/* SQLite only: PRAGMA quick_check, which reads the whole file. *fault: the first one, NULL: none.
 * APR_EAGAIN: see as_db_read. */
apr_status_t as_diagnosis_check_file(as_db_t *db, apr_pool_t *p, const char **fault);

#endif
