/* SPDX-License-Identifier: Apache-2.0 */
/* Background work, by the thread of mod_watchdog of one child at a time: purging, sending. */
#ifndef AS_OPS_WORKER_H
#define AS_OPS_WORKER_H

#include <httpd.h>

/* In post_config of a start (not of configtest). Without mod_watchdog a warning is logged. */
apr_status_t as_worker_post_config(apr_pool_t *pconf, server_rec *s);

/* In child_init, before as_child_init: the exit of the child waits for the work, after its
 * databases have cut unresponsive connections. */
void as_worker_register_exit(apr_pool_t *pchild, server_rec *s);

/* In child_init, after as_child_init: start the work of this child. Its exit waits for texts in
 * hand. */
void as_worker_child_init(apr_pool_t *pchild, server_rec *s);

#endif
