/* SPDX-License-Identifier: Apache-2.0 */
/* AuthSMSAuditLog: a sink of events that writes one JSON object per line. */
#ifndef AS_OPS_AUDIT_H
#define AS_OPS_AUDIT_H

#include <httpd.h>

/* open_logs, at a start and at each restart: open the file or start the program of each host; hosts
 * with the same value share it. Returns OK, or 500 after logging the error: httpd does not start
 * without its audit log. */
int as_audit_open_logs(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

/* post_config of a start: raise the event `start` of each host that has an API. */
void as_audit_record_start(apr_pool_t *p, server_rec *s);

#endif
