/* SPDX-License-Identifier: Apache-2.0 */
/* What schema.c and schema_upgrade.c share. Nobody else includes it. */
#ifndef AS_STORE_SCHEMA_PRIVATE_H
#define AS_STORE_SCHEMA_PRIVATE_H

#include "store/schema.h"

/* Read the state within a unit. */
apr_status_t as_schema_read_in_unit(as_tx_t *tx, as_schema_state_t *state);

/*
 * Lock the schema row, beside it the advisory lock that modules before min_module take, and read
 * the state. *busy: another one holds them, and nothing is locked. Needs existing tables.
 */
apr_status_t as_schema_lock(as_tx_t *tx, as_schema_state_t *state, int *busy);

/* Create whatever is missing, in one transaction that waits for its turn. */
apr_status_t as_schema_create_in_unit(as_tx_t *tx, const as_schema_plan_t *plan,
                                      as_schema_state_t *state);

/* The version whose steps are to be run next on outdated tables. */
int as_schema_next_version(const as_schema_state_t *state);

/* Run the steps from version - 1 to version. */
apr_status_t as_schema_expand(as_tx_t *tx, const as_schema_plan_t *plan, int version);

/* Note in the row that the tables have this version now; a row without min_module gets it. */
apr_status_t as_schema_set_version(as_tx_t *tx, int version, as_schema_state_t *state);

/* CREATE INDEX of such a step; `how` is "" or " CONCURRENTLY". */
const char *as_schema_index_sql(as_tx_t *tx, const as_schema_step_t *step, const char *how);

/* A lock that is not to be had within this makes the statement fail, so that those who queue
 * behind it do not wait longer (PostgreSQL). */
apr_status_t as_schema_set_lock_timeout(as_tx_t *tx);

#endif
