/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that send the texts of the outbox. */
#ifndef AS_OPS_SENDER_POOL_H
#define AS_OPS_SENDER_POOL_H

#include <httpd.h>

#include "db/unit.h"

/*
 * In child_init, after the databases are opened, for each host whose texts may be queued. The end
 * of pchild waits until each text in hand is sent and its result recorded. holder: the name of this
 * server among those on the database. No text is claimed once stop() is true.
 */
void as_sender_pool_init(apr_pool_t *pchild, server_rec *s, const char *holder, int (*stop)(void));

/*
 * Count the waiting texts of this server's site, and start threads that send them, so that a slow
 * provider delays no other text, site or caller. A text is claimed before it is sent, unless
 * another server has the lease of the site's queue. A text that may have been accepted is not sent
 * again; one that was not is retried with back-off until it expires.
 */
void as_sender_pool_poll(server_rec *s, as_db_t *db, apr_pool_t *p);

#endif
