/* SPDX-License-Identifier: Apache-2.0 */
/* The section of this module in mod_status: sums of the metrics. It makes no query. */
#ifndef AS_OPS_METRICS_STATUS_H
#define AS_OPS_METRICS_STATUS_H

#include <httpd.h>

/* mod_status's optional hook status_hook. flags: AP_STATUS_*. Returns OK. */
int as_metrics_status_write(request_rec *r, int flags);

#endif
