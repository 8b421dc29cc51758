/* SPDX-License-Identifier: Apache-2.0 */
/* Connections straight from apr_dbd, without httpd: for tools and unit tests. */
#ifndef AS_STORE_DB_SOURCE_DIRECT_H
#define AS_STORE_DB_SOURCE_DIRECT_H

#include "store/db.h"

/*
 * A source of at most `max` connections, opened when they are needed, checked when they are lent
 * again and closed with p. driver and params as DBDriver and DBDParams have them. APR_EINIT,
 * APR_EDSOOPEN…: the driver cannot be loaded. Writers of SQLite in one process need no lock beyond
 * as_db_options_t's.
 */
apr_status_t as_db_source_direct(apr_pool_t *p, const char *driver, const char *params, int max,
                                 const as_log_t *log, as_db_source_t *source);

#endif
