/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the rooms that know no httpd write their log lines. The glue fills as_log_t; unit tests
 * leave it NULL, which is silent. Never give it a password, code, token, secret or full number.
 */
#ifndef AS_BASE_LOG_H
#define AS_BASE_LOG_H

#include <apr.h>
#include <apr_errno.h>
#include <apr_pools.h>

/* Values as httpd's APLOG_* (syslog's, then trace1 = 8 …), so the glue hands them on unchanged. */
typedef enum as_log_level_t {
    AS_LOG_CRIT = 2,
    AS_LOG_ERR = 3,
    AS_LOG_WARNING = 4,
    AS_LOG_NOTICE = 5,
    AS_LOG_INFO = 6,
    AS_LOG_DEBUG = 7,
    AS_LOG_TRACE1 = 8
} as_log_level_t;

typedef struct as_log_t {
    int (*enabled)(void *ctx, as_log_level_t level);
    void (*write)(void *ctx, as_log_level_t level, apr_status_t rv, const char *message);
    void *ctx;
} as_log_t;

/* Of what a client wrote, so many bytes stand in a log line: ("%.*s", AS_LOG_CLIENT_TEXT_MAX, uri).
 */
#define AS_LOG_CLIENT_TEXT_MAX 200

/* Write one line of at most 1 KiB (longer text is cut). rv is 0 where no status is told. log may
 * be NULL. The format is APR's (apr_vsnprintf). */
void as_log(const as_log_t *log, as_log_level_t level, apr_status_t rv, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* An E.164 number as it may stand in a log: "+44*******123". Allocated from p. */
const char *as_log_mask_number(apr_pool_t *p, const char *e164);

#endif
