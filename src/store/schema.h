/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables' version. The row of authsms_schema holds `version`, which says what the tables have,
 * and `min_module`, the oldest module that works with them. A module serves tables that are not
 * older than it needs, as long as it is not older than they allow.
 */
#ifndef AS_STORE_SCHEMA_H
#define AS_STORE_SCHEMA_H

#include "db/unit.h"
#include "store/schema_plan.h"

/* The version of tables whose row is missing: it is unknown. */
enum { AS_SCHEMA_NO_ROW = -1 };

typedef struct as_schema_state_t {
    int version;    /* 0: there are no tables; AS_SCHEMA_NO_ROW */
    int min_module; /* made before this column existed: the version, since those modules need it
                       exactly */
    int has_min_module;
} as_schema_state_t;

typedef enum as_schema_fit_t {
    AS_SCHEMA_SERVES,     /* the module works with these tables */
    AS_SCHEMA_MISSING,    /* there are no tables */
    AS_SCHEMA_NO_VERSION, /* authsms_schema has no row: an administrator has to restore it */
    AS_SCHEMA_TOO_OLD,    /* they lack something that the module needs */
    AS_SCHEMA_TOO_NEW     /* they lack something that the module needs, or may change under it */
} as_schema_fit_t;

/* Read the state. APR_EAGAIN: see as_db_read; *state is unchanged. */
apr_status_t as_schema_read(as_db_t *db, apr_pool_t *p, as_schema_state_t *state);

as_schema_fit_t as_schema_evaluate(const as_schema_plan_t *plan, const as_schema_state_t *state);

/* Would as_schema_ensure or as_schema_upgrade change these tables? */
int as_schema_is_outdated(const as_schema_plan_t *plan, const as_schema_state_t *state);

/*
 * Create the tables, or run the upgrades that take milliseconds, whatever the tables hold. For
 * servers that start: several at once do it once. *state is what the tables are afterwards, also
 * where nothing was changed: because they are newer or of unknown version, because an upgrade would
 * index a large table (authsmsctl does that), or because another server is upgrading them now
 * (*busy). APR_EAGAIN: see as_db_write; nothing was changed. *state is unchanged where not even
 * that could be read.
 */
apr_status_t as_schema_ensure(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                              as_schema_state_t *state, int *busy);

/* Progress of a long upgrade: one line, without its end. */
typedef struct as_schema_report_t {
    void (*write)(void *ctx, const char *line);
    void *ctx;
} as_schema_report_t;

/*
 * Create the tables, or upgrade them completely, however long it takes, while servers use them. On
 * PostgreSQL no statement holds a lock that others wait for longer than 0.3 s: indexes are built
 * concurrently, and `work`, a database of its own, runs each statement in a transaction of its own
 * while `db` holds the row of authsms_schema. SQLite: one transaction; `work` is not used.
 * APR_EINVAL: the row is missing; nothing was changed.
 * APR_EBUSY: another upgrade is running. APR_EAGAIN: see as_db_write; what was done so far stays,
 * and the next call goes on from there.
 */
apr_status_t as_schema_upgrade(as_db_t *db, as_db_t *work, apr_pool_t *p,
                               const as_schema_plan_t *plan, const as_schema_report_t *report,
                               as_schema_state_t *state);

/*
 * Remove what only older modules need, once the last of them is gone. *removed: the number of
 * statements that were run. APR_EINVAL: the tables are not of the plan's version. APR_EBUSY,
 * APR_EAGAIN: as above; nothing was changed.
 */
apr_status_t as_schema_contract(as_db_t *db, apr_pool_t *p, const as_schema_plan_t *plan,
                                int *removed);

#endif
