/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of the tables. The row of authsms_schema has `version`, that of the tables, and
 * `min_module`, that of the oldest module that works with them. A module serves tables of version
 * min_version or later, if it is not older than their min_module.
 */
#ifndef AS_STORE_SCHEMA_H
#define AS_STORE_SCHEMA_H

#include "db/unit.h"
#include "store/schema_plan.h"

/* The version of tables whose row is missing: it is unknown. */
enum { AS_SCHEMA_NO_ROW = -1 };

typedef struct as_schema_state_t {
    int version;    /* 0: there are no tables; AS_SCHEMA_NO_ROW */
    int min_module; /* without this column: the version, since modules of that time need it exactly
                     */
    int has_min_module;
} as_schema_state_t;

typedef enum as_schema_status_t {
    AS_SCHEMA_COMPATIBLE, /* the module works with the tables */
    AS_SCHEMA_MISSING,    /* there are no tables */
    AS_SCHEMA_NO_VERSION, /* authsms_schema has no row: an administrator has to restore it */
    AS_SCHEMA_TOO_OLD,    /* they lack something that the module needs */
    AS_SCHEMA_TOO_NEW     /* the module is older than their min_module */
} as_schema_status_t;

/* Read the state. APR_EAGAIN: see as_db_read; *state is unchanged. */
apr_status_t as_schema_read(as_db_t *db, apr_pool_t *p, as_schema_state_t *state);

as_schema_status_t as_schema_evaluate(const as_schema_plan_t *plan, const as_schema_state_t *state);

/* Would as_schema_ensure or as_schema_upgrade change these tables? */
int as_schema_is_outdated(const as_schema_plan_t *plan, const as_schema_state_t *state);

/*
 * At the start of a server: create the tables, or run the upgrades that take milliseconds, once for
 * all servers. *state is the state afterwards. Nothing is changed if the tables are newer or of
 * unknown version, if an upgrade would index a large table (authsmsctl does that), or if another
 * server upgrades them now (*busy). APR_EAGAIN: see as_db_write; nothing was changed, and *state is
 * unchanged if it could not be read.
 */
apr_status_t as_schema_ensure(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                              as_schema_state_t *state, int *busy);

/* Progress of a long upgrade: one line, without its end. */
typedef struct as_schema_report_t {
    void (*write)(void *ctx, const char *line);
    void *ctx;
} as_schema_report_t;

/*
 * Create the tables, or upgrade them completely, however long it takes, while servers use them.
 * PostgreSQL: no statement waits for a lock for more than 0.3 s while others queue behind it.
 * Indexes are built concurrently. `db` locks the row of authsms_schema, and `work`, another
 * database record, runs each statement in its own transaction. SQLite: one transaction; `work` is
 * not used. APR_EINVAL: the row is missing; nothing was changed. APR_EBUSY: another upgrade is
 * running. APR_EAGAIN: see as_db_write; completed steps stay, and the next call continues after
 * them.
 */
apr_status_t as_schema_upgrade(as_db_t *db, as_db_t *work, apr_pool_t *p,
                               const as_schema_plan_t *plan, const as_schema_report_t *report,
                               as_schema_state_t *state);

/*
 * Remove columns and tables that only older modules need, once none of those runs any more.
 * *removed: the number of statements that were run. APR_EINVAL: the tables are not of the plan's
 * version. APR_EBUSY, APR_EAGAIN: as above; nothing was changed.
 */
apr_status_t as_schema_contract(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                                int *removed);

#endif
