/* SPDX-License-Identifier: Apache-2.0 */
/* Durations in the configuration. */
#ifndef AS_BASE_DURATION_H
#define AS_BASE_DURATION_H

#include <apr_time.h>

/* Parse "90" (seconds), "30s", "10m", "1h" or "30d" into microseconds. APR_EINVAL: another form, a
 * sign, or over 10 years. */
apr_status_t as_duration_parse(const char *text, apr_interval_time_t *duration);

#endif
