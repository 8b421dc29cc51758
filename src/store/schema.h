/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, versioned, in both dialects. */
#ifndef AS_STORE_SCHEMA_H
#define AS_STORE_SCHEMA_H

#include "store/db.h"

/* The version this code works with. */
#define AS_SCHEMA_VERSION 5

/* Create or upgrade the tables, under a lock, so that several servers starting at once do it once.
 * at_leisure: no statement_timeout cuts it off (an index of a large table takes minutes).
 * APR_EINVAL: they are of a newer version, which is logged and left alone; APR_EAGAIN: see
 * as_db_write. */
apr_status_t as_schema_ensure(as_db_t *db, apr_pool_t *p, int at_leisure);

/* The version found; 0: no tables. */
apr_status_t as_schema_version(as_db_t *db, apr_pool_t *p, int *version);

#endif
