/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables as data: the steps to each version, in both dialects. Upgrades only add (tables,
 * columns, indexes), so that servers with an older module keep working. Removals wait for
 * `authsmsctl schema contract`.
 */
#ifndef AS_STORE_SCHEMA_PLAN_H
#define AS_STORE_SCHEMA_PLAN_H

#include "db/unit.h"

/* One statement of an upgrade: either `sql` or an index. It can be run again after an interrupted
 * attempt. */
typedef struct as_schema_step_t {
    as_stmt_t sql;        /* takes milliseconds, however large the tables are */
    const char *index;    /* CREATE INDEX index ON on */
    const char *on;       /* table and columns */
    const char *on_pgsql; /* NULL: the same */
    int unique;           /* the index is UNIQUE */
    as_stmt_t is_large; /* index of an older table: returns a row if the table is too large to index
                           it while requests wait */
} as_schema_step_t;

typedef struct as_schema_plan_t {
    int version;     /* of the tables after these steps */
    int min_version; /* of the oldest tables that this module's statements work with */
    int min_module;  /* version of the oldest module that works with these tables */
    /* expand[i]: steps to version i + 1, ended by one without sql and index. */
    const as_schema_step_t *const *expand;
    /* Removals of columns and tables that only modules older than contract_module need, ended by a
     * NULL text. They set min_module to contract_module. */
    const as_stmt_t *contract;
    int contract_module;
} as_schema_plan_t;

/* This module's. */
extern const as_schema_plan_t as_schema_plan;

#endif
