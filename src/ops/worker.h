/* SPDX-License-Identifier: Apache-2.0 */
/* What is done without a request: by mod_watchdog's thread of one child at a time. */
#ifndef AS_OPS_WORKER_H
#define AS_OPS_WORKER_H

#include <httpd.h>

/* post_config, of a start (not of configtest). Without mod_watchdog the log says what is not done.
 */
apr_status_t as_worker_post_config(apr_pool_t *pconf, server_rec *s);

/* child_init, before as_child_init: the child's end waits for the work once its databases have cut
 * what hangs. */
void as_worker_child_first(apr_pool_t *pchild, server_rec *s);

/* child_init, after as_child_init: from now on this child may work, and it ends no text halfway. */
void as_worker_child_init(apr_pool_t *pchild, server_rec *s);

#endif
