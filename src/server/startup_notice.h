/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AS_SERVER_STARTUP_NOTICE_H
#define AS_SERVER_STARTUP_NOTICE_H

#include <httpd.h>

/* For post_config: one line at level notice with the version and, of each host that has keys, its
 * database, senders and verifier. Hosts that share them share the entry. */
void as_startup_notice_log(apr_pool_t *p, server_rec *s);

#endif
