/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging for rooms without httpd headers. The server room fills as_log_t; unit tests pass NULL,
 * which logs nothing. Never log a password, code, token, secret or full number.
 */
#ifndef AS_BASE_LOG_H
#define AS_BASE_LOG_H

#include <apr.h>
#include <apr_errno.h>
#include <apr_pools.h>

/* The values are those of httpd's APLOG_*. */
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

/*
 * The tag of a message, which is the start of its format: AS_TAG(0100) "text" is "ASM0100: text". A
 * tag never changes and is never reused: administrators search for it. docs/log-messages.md has the
 * groups of numbers and explains each. t/unit/log-tags.t compares it with the code.
 */
#define AS_TAG(number) "ASM" #number ": "

/* Bytes of client text in one log line: ("%.*s", AS_LOG_CLIENT_TEXT_MAX, uri). */
#define AS_LOG_CLIENT_TEXT_MAX 200

/* Log one line of at most 1 KiB (longer text is truncated). rv 0: no status is logged. log may be
 * NULL. The format is APR's (apr_vsnprintf) and begins with the message's AS_TAG. */
void as_log(const as_log_t *log, as_log_level_t level, apr_status_t rv, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* An E.164 number with its middle masked: "+44*******123". */
const char *as_log_mask_number(apr_pool_t *p, const char *e164);

#endif
