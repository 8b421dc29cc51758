/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables as data: what each version adds, in both dialects. Upgrades only add (tables, columns,
 * indexes), so that servers with an older module go on working while others are upgraded. Removals
 * wait for `authsmsctl schema contract`.
 */
#ifndef AS_STORE_SCHEMA_PLAN_H
#define AS_STORE_SCHEMA_PLAN_H

#include "db/unit.h"

/* One statement that leads to a version: either `sql` or an index. Each may run again after an
 * attempt that was cut off half-way. */
typedef struct as_schema_step_t {
    as_stmt_t sql;        /* instant, whatever the tables hold */
    const char *index;    /* CREATE INDEX index ON on */
    const char *on;       /* table and columns */
    const char *on_pgsql; /* NULL: the same */
    int unique;           /* the index is UNIQUE */
    as_stmt_t is_large;   /* index of an older table: 1 row if that table is too large to index
                             while requests wait */
} as_schema_step_t;

typedef struct as_schema_plan_t {
    int version;    /* of the tables that these steps make */
    int need;       /* the oldest version that this module's statements work with */
    int min_module; /* the oldest module, by its version, whose statements work with them */
    /* Steps to version i + 1, ended by one without sql and index. */
    const as_schema_step_t *const *expand;
    /* What only modules older than contract_module need, ended by a NULL text; then that is
     * min_module. */
    const as_stmt_t *contract;
    int contract_module;
} as_schema_plan_t;

/* This module's. */
extern const as_schema_plan_t as_schema_plan;

#endif
