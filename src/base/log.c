/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <apr_strings.h>

#include <stdarg.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

void as_log(const as_log_t *log, as_log_level_t level, apr_status_t rv, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    va_list ap;

    if (!log || !log->enabled(log->ctx, level)) {
        return;
    }
    va_start(ap, fmt);
    apr_vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    log->write(log->ctx, level, rv, line);
}

const char *as_log_mask_number(apr_pool_t *p, const char *e164)
{
    enum { HEAD = 3, TAIL = 3 };
    apr_size_t len = strlen(e164);
    char *masked = apr_pstrdup(p, e164);
    apr_size_t head = len >= 2 * (HEAD + TAIL) ? HEAD : 0;
    apr_size_t tail = len >= 2 * TAIL ? TAIL : 0;

    memset(masked + head, '*', len - head - tail);
    return masked;
}
