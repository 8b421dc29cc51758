/* SPDX-License-Identifier: Apache-2.0 */
/* The log line at startup that shows version and main settings. */
#ifndef AS_SERVER_STARTUP_NOTICE_H
#define AS_SERVER_STARTUP_NOTICE_H

#include <httpd.h>

/* post_config: log the version and, for each host with an AuthSMSKey, its database, senders and
 * verifier. Hosts with the same settings share an entry. */
void as_startup_notice_log(apr_pool_t *p, server_rec *s);

#endif
