/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSSchema: whether this child may use the tables of a database. */
#ifndef AS_SERVER_SCHEMA_CHECK_H
#define AS_SERVER_SCHEMA_CHECK_H

#include <httpd.h>

#include "db/unit.h"

typedef struct as_schema_check_t
    as_schema_check_t; /* of one database, as this child has seen them */

/* s: the first host on this database; its AuthSMSSchema and its log are used. */
apr_status_t as_schema_check_create(apr_pool_t *pchild, server_rec *s, as_schema_check_t **tables);

/*
 * 1: the tables serve this module. Until they do, each call looks again (under `auto` after a
 * failed upgrade: after a pause that doubles, up to 8 s), so that no restart is needed when they
 * are repaired or upgraded. What is wrong is logged when it changes.
 */
int as_schema_check_passes(as_schema_check_t *tables, as_db_t *db, apr_pool_t *p);

#endif
