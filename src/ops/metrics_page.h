/* SPDX-License-Identifier: Apache-2.0 */
/* SetHandler authsms-metrics: all metrics in Prometheus's text format. */
#ifndef AS_OPS_METRICS_PAGE_H
#define AS_OPS_METRICS_PAGE_H

#include <httpd.h>

/*
 * The handler. GET and HEAD return 200, also while a database is unreachable; other methods 405.
 * Where no Require depends on the client (Require all granted, or none) it returns 500 and logs an
 * error, so that the page is not public by accident.
 */
int as_metrics_page_handler(request_rec *r);

#endif
