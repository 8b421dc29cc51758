/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <apr_strings.h>

#include <string.h>

static apr_time_t read_monotonic(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail: every Linux kernel has this clock */
    return apr_time_from_sec(t.tv_sec) + t.tv_nsec / 1000;
}

static apr_time_t (*clock_now)(void) = apr_time_now;
static apr_time_t (*clock_monotonic)(void) = read_monotonic;

apr_time_t as_clock_now(void)
{
    return clock_now();
}

apr_time_t as_clock_monotonic(void)
{
    return clock_monotonic();
}

void as_clock_set(apr_time_t (*now)(void))
{
    clock_now = now ? now : apr_time_now;
}

void as_clock_set_monotonic(apr_time_t (*monotonic)(void))
{
    clock_monotonic = monotonic ? monotonic : read_monotonic;
}

int as_clock_init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int rv = pthread_condattr_init(&attr);

    if (rv != 0) {
        return rv;
    }
    rv = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (rv == 0) {
        rv = pthread_cond_init(cond, &attr);
    }
    pthread_condattr_destroy(&attr);
    return rv;
}

struct timespec as_clock_to_timespec(apr_time_t t)
{
    return (struct timespec){(time_t)apr_time_sec(t), (long)apr_time_usec(t) * 1000};
}

const char *as_clock_format_rfc3339(apr_pool_t *p, apr_time_t t)
{
    apr_time_exp_t e;

    apr_time_exp_gmt(&e, t > 0 ? t : 0);
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", e.tm_year + 1900, e.tm_mon + 1,
                        e.tm_mday, e.tm_hour, e.tm_min, e.tm_sec, e.tm_usec / 1000);
}

/* Offsets in "2026-11-23T09:11:00.000Z". */
enum { MONTH_AT = 5, DAY_AT = 8, HOUR_AT = 11, MINUTE_AT = 14, SECOND_AT = 17, FRACTION_AT = 20 };

enum { EPOCH_YEAR = 1970 };

/* Does text have the shape of pattern, where '0' stands for any digit? */
static int has_shape(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern) {
            return 0;
        }
    }
    return *text == '\0';
}

static int parse_digits(const char *text, int n)
{
    int value = 0;

    while (n-- > 0) {
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

apr_status_t as_clock_parse_rfc3339(const char *text, apr_time_t *t)
{
    apr_time_exp_t e;
    int year, month;
    int fraction = has_shape(text, "0000-00-00T00:00:00.000Z");

    if (!fraction && !has_shape(text, "0000-00-00T00:00:00Z")) {
        return APR_EINVAL;
    }
    memset(&e, 0, sizeof(e));
    year = parse_digits(text, 4);
    month = parse_digits(text + MONTH_AT, 2);
    e.tm_year = year - 1900;
    e.tm_mon = month - 1;
    e.tm_mday = parse_digits(text + DAY_AT, 2);
    e.tm_hour = parse_digits(text + HOUR_AT, 2);
    e.tm_min = parse_digits(text + MINUTE_AT, 2);
    e.tm_sec = parse_digits(text + SECOND_AT, 2);
    e.tm_usec = fraction ? parse_digits(text + FRACTION_AT, 3) * 1000 : 0;
    if (year < EPOCH_YEAR || month < 1 || month > 12 || e.tm_mday < 1 ||
        e.tm_mday > days_in_month(year, month) || e.tm_hour > 23 || e.tm_min > 59 ||
        e.tm_sec > 59) {
        return APR_EINVAL;
    }
    return apr_time_exp_gmt_get(t, &e);
}
