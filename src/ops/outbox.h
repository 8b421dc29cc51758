/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSDelivery queued: what waits in the outbox is sent. */
#ifndef AS_OPS_OUTBOX_H
#define AS_OPS_OUTBOX_H

#include <httpd.h>

#include "store/db.h"

/*
 * Send what waits for this server's site, several at once, until nothing is due, another server
 * has the site's job, or *stop becomes true. Each text is claimed before it is sent; what may have
 * been accepted is not sent again; what was not is tried again with back-off until it expires.
 * holder: this server, as the others on the database know it.
 */
void as_outbox_work(server_rec *s, as_db_t *db, apr_pool_t *p, const char *holder,
                    int (*stop)(void));

/* When pchild ends, what it was given before this call (the database) stays open until every text
 * in hand is sent and written down. */
void as_outbox_wait_at_end(apr_pool_t *pchild);

#endif
