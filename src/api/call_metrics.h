/* SPDX-License-Identifier: Apache-2.0 */
/* What a call of the API adds to the metrics. */
#ifndef AS_API_CALL_METRICS_H
#define AS_API_CALL_METRICS_H

#include "api/call.h"

/* Count a reply: its route and status, and the registration, login or code that it ends. */
void as_call_metrics_count(const as_call_t *call, int status, as_error_t error);

/* Count a request that httpd answers, with its status. */
void as_call_metrics_count_request(const as_call_t *call, int status);

#endif
