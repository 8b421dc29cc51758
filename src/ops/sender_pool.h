/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSDelivery queued: what waits in the outbox is sent. */
#ifndef AS_OPS_SENDER_POOL_H
#define AS_OPS_SENDER_POOL_H

#include <httpd.h>

#include "db/unit.h"

/*
 * For child_init, of each host whose texts may be queued, after the databases are there: when
 * pchild ends they stay open until every text in hand is sent and written down. holder: this
 * server, as the others on the database know it. No text is taken in hand once stop() is true.
 */
void as_sender_pool_init(apr_pool_t *pchild, server_rec *s, const char *holder, int (*stop)(void));

/*
 * See what waits for this server's site, and have it sent by threads of its own, several at once,
 * so that no text, no other site and no caller waits for a slow provider. Each text is claimed
 * before it is sent, unless another server has the site's job; what may have been accepted is not
 * sent again; what was not is tried again with back-off until it expires.
 */
void as_sender_pool_poll(server_rec *s, as_db_t *db, apr_pool_t *p);

#endif
