/* SPDX-License-Identifier: Apache-2.0 */
/* mod_dbd as the source of database connections and of their settings. */
#ifndef AS_SERVER_DBD_H
#define AS_SERVER_DBD_H

#include <apr_dbd.h>
#include <httpd.h>
#include <mod_dbd.h>

#include "base/log.h"
#include "db/unit.h"

/* mod_dbd's hook post_connect: prepares each connection that it opens. */
apr_status_t as_dbd_post_connect(apr_pool_t *p, dbd_cfg_t *cfg, ap_dbd_t *rec);

/* post_config: create the lock by which one process at a time writes to SQLite, for the life of the
 * server. */
apr_status_t as_dbd_post_config(server_rec *s);
/* child_init, before mod_dbd's: create missing SQLite files with their mode. */
void as_dbd_create_sqlite_files(apr_pool_t *pchild, server_rec *s);
/* child_init, before as_dbd_open. */
void as_dbd_child_init(void);

/* check_config, after as_config_check: reject an SQLite database that httpd's user cannot write, on
 * hosts with an API or a guard that looks accounts up. */
int as_dbd_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/* Log the same fault, as found by this process. p: used during the call only. */
void as_dbd_log_fault(apr_pool_t *p, server_rec *s);

/* The DBDriver of a host; NULL: it has no database. */
const char *as_dbd_get_driver(server_rec *s);
/* Is its database PostgreSQL, whose connections are opened in the background? */
int as_dbd_is_pgsql(server_rec *s);

/* Do two hosts share a connection pool of mod_dbd? */
int as_dbd_share_pool(server_rec *a, server_rec *b);

/* Open the database of a host. APR_ENOENT: mod_dbd is not loaded, or has no DBDriver and DBDParams
 * here; else see as_db_create. */
apr_status_t as_dbd_open(apr_pool_t *pchild, server_rec *s, const as_log_t *log, as_db_t **db);

#endif
