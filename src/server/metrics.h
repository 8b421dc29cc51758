/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared memory of the metrics (base/metric.h): created once for the life of the server
 * process, so that counts survive the death of a child and every restart that keeps the process. A
 * module whose metrics differ begins with new memory.
 */
#ifndef AS_SERVER_METRICS_H
#define AS_SERVER_METRICS_H

#include <httpd.h>

/* post_config, after the routes are named (as_router_name_metrics): name the other open labels, and
 * create or find the memory. */
apr_status_t as_metrics_post_config(apr_pool_t *pconf, server_rec *s);

/* child_init: before anything is counted. */
void as_metrics_child_init(apr_pool_t *pchild, server_rec *s);

#endif
