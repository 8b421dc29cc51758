/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of schema.c for schema_upgrade.c. */
#ifndef AS_STORE_SCHEMA_PRIVATE_H
#define AS_STORE_SCHEMA_PRIVATE_H

#include "store/schema.h"

/* Read the state within a unit. */
apr_status_t as_schema_read_in_unit(as_tx_t *tx, as_schema_state_t *state);

/*
 * Lock the schema row, and the advisory lock that modules before min_module take, and read the
 * state. *busy: another unit has locked them, and nothing is locked. The tables must exist.
 */
apr_status_t as_schema_lock(as_tx_t *tx, as_schema_state_t *state, int *busy);

/* Create the tables unless they exist, in one transaction that waits for others like it. */
apr_status_t as_schema_create_in_unit(as_tx_t *tx, const as_schema_plan_t *plan,
                                      as_schema_state_t *state);

/* For outdated tables: the version whose steps are next. */
int as_schema_next_version(const as_schema_state_t *state);

/* Run the steps from version - 1 to version. */
apr_status_t as_schema_expand(as_tx_t *tx, const as_schema_plan_t *plan, int version);

/* Set the version in the row, and add min_module to a row without it. */
apr_status_t as_schema_set_version(as_tx_t *tx, int version, as_schema_state_t *state);

/* CREATE INDEX for such a step; `how` is "" or " CONCURRENTLY". */
const char *as_schema_index_sql(as_tx_t *tx, const as_schema_step_t *step, const char *how);

/* PostgreSQL: statements fail if they wait for a lock for longer than 0.3 s, since other sessions
 * queue behind them. */
apr_status_t as_schema_set_lock_timeout(as_tx_t *tx);

#endif
