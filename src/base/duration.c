/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include <apr_lib.h>

static const apr_int64_t SECONDS_MAX = 3650LL * 86400; /* 10 years */

static apr_int64_t unit_seconds(char unit)
{
    apr_int64_t seconds = 0;

    switch (unit) {
    case '\0':
    case 's':
        seconds = 1;
        break;
    case 'm':
        seconds = 60;
        break;
    case 'h':
        seconds = 3600;
        break;
    case 'd':
        seconds = 86400;
        break;
    default:
        break;
    }
    return seconds;
}

apr_status_t as_duration_parse(const char *text, apr_interval_time_t *duration)
{
    apr_int64_t count = 0;
    apr_int64_t unit;
    const char *digit = text;

    for (; apr_isdigit(*digit) && count <= SECONDS_MAX; digit++) {
        count = count * 10 + (*digit - '0');
    }
    unit = unit_seconds(*digit);
    if (digit == text || !unit || (*digit && digit[1]) || count > SECONDS_MAX / unit) {
        return APR_EINVAL;
    }
    *duration = apr_time_from_sec(count * unit);
    return APR_SUCCESS;
}
