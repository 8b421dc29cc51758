/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSSchema: checks, or creates and upgrades, the tables of a database before their first use.
 */
#ifndef AS_SERVER_SCHEMA_CHECK_H
#define AS_SERVER_SCHEMA_CHECK_H

#include <httpd.h>

#include "db/unit.h"

/* The state of the check in this child, for one database. */
typedef struct as_schema_check_t as_schema_check_t;

/* s: the first host that uses the database: its AuthSMSSchema and its log apply. */
apr_status_t as_schema_check_create(apr_pool_t *pchild, server_rec *s, as_schema_check_t **check);

/*
 * May this module use the tables? Until it may, each call checks again, so that no restart is
 * needed after a repair or upgrade; under `auto`, a failed upgrade is repeated after a pause that
 * doubles up to 8 s. Each problem is logged once.
 */
int as_schema_check_passes(as_schema_check_t *check, as_db_t *db, apr_pool_t *p);

#endif
