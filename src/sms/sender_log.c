/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/sender.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "base/log.h"

static const as_provider_param_t params[] = {{NULL, AS_PROVIDER_PARAM_OPTIONAL}};

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    (void)p;
    (void)values;
    (void)error;
    *self = NULL;
    return APR_SUCCESS;
}

/* Escape control characters: a text cannot forge a log line. */
static const char *escape_controls(apr_pool_t *p, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    char *line = apr_palloc(p, 4 * strlen(text) + 1);
    char *out = line;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c != 0x7f) {
            *out++ = *text;
            continue;
        }
        *out++ = '\\';
        if (c == '\n') {
            *out++ = 'n';
        } else {
            *out++ = 'x';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    *out = '\0';
    return line;
}

/* The only place that logs a full number and a code: the purpose of this sender. */
static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                                 const char **ref)
{
    (void)self;
    *ref = NULL;
    as_log(call->log, AS_LOG_NOTICE, 0, AS_TAG(0300) "SMS to %s: %s",
           escape_controls(call->pool, text->to), escape_controls(call->pool, text->body));
    return AS_SMS_OK;
}

const as_sender_type_t as_sender_log = {"log", params, make, send_text, NULL, NULL};
