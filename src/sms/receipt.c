/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/receipt.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <string.h>

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

enum { WORD_MAX = 64, SECONDS_DIGITS_MAX = 11 };

static const apr_interval_time_t TOLERANCE = apr_time_from_sec(5 * 60);

apr_status_t as_receipt_read(apr_pool_t *p, const apr_array_header_t *senders,
                             const as_receipt_request_t *request, apr_time_t now,
                             const as_sender_type_t **sender, as_receipt_t *receipt)
{
    apr_status_t rv = APR_EACCES;

    *sender = NULL;
    for (int i = 0; rv == APR_EACCES && i < senders->nelts; i++) {
        const as_sender_t *one = &APR_ARRAY_IDX(senders, i, as_sender_t);

        if (one->type->receipt) {
            rv = one->type->receipt(one->self, p, request, now, receipt);
            *sender = rv == APR_EACCES ? NULL : one->type;
        }
    }
    return rv;
}

static int is_word(const char *text, const char *set)
{
    apr_size_t len = text ? strlen(text) : 0;

    return len && len <= WORD_MAX && strspn(text, set) == len;
}

apr_status_t as_receipt_fill(apr_pool_t *p, const as_receipt_word_t *words, const char *ref,
                             const char *id, const char *state, const char *error,
                             as_receipt_t *receipt)
{
    if (!is_word(ref, WORD) || !state) {
        return APR_EINVAL;
    }
    while (words->name && strcmp(words->name, state) != 0) {
        words++;
    }
    receipt->ref = apr_pstrdup(p, ref);
    receipt->id = is_word(id, WORD) ? apr_pstrdup(p, id) : NULL;
    receipt->state = words->name ? words->state : AS_RECEIPT_QUEUED;
    receipt->error =
        is_word(error, WORD ".") && strcmp(error, "0") != 0 ? apr_pstrdup(p, error) : NULL;
    return APR_SUCCESS;
}

int as_receipt_is_timely(const char *seconds, apr_time_t now)
{
    apr_size_t len = seconds ? strlen(seconds) : 0;
    apr_time_t then;

    if (!len || len > SECONDS_DIGITS_MAX || strspn(seconds, "0123456789") != len) {
        return 0;
    }
    then = apr_time_from_sec(apr_atoi64(seconds));
    return then >= now - TOLERANCE && then <= now + TOLERANCE;
}

int as_receipt_has_type(const as_receipt_request_t *request, const char *type)
{
    const char *given = apr_table_get(request->headers, "Content-Type");
    apr_size_t len = strlen(type);

    return given && apr_cstr_casecmpn(given, type, len) == 0 && strchr("; \t", given[len]);
}
