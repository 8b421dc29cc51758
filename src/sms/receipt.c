/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/receipt.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <string.h>

#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

enum { ID_MAX = 64, SECONDS_DIGITS_MAX = 11 };

static const apr_interval_time_t TOLERANCE = apr_time_from_sec(5 * 60);

apr_status_t as_receipt_read(apr_pool_t *p, const apr_array_header_t *senders,
                             const as_receipt_request_t *request, apr_time_t now,
                             const as_sender_type_t **sender, as_receipt_t *receipt)
{
    apr_status_t rv = APR_EACCES;

    *sender = NULL;
    for (int i = 0; rv == APR_EACCES && i < senders->nelts; i++) {
        const as_sender_t *candidate = &APR_ARRAY_IDX(senders, i, as_sender_t);

        if (candidate->type->read_receipt) {
            rv = candidate->type->read_receipt(candidate->self, p, request, now, receipt);
            *sender = rv == APR_EACCES ? NULL : candidate->type;
        }
    }
    return rv;
}

static int is_id(const char *text, const char *characters)
{
    apr_size_t len = text ? strlen(text) : 0;

    return len && len <= ID_MAX && strspn(text, characters) == len;
}

apr_status_t as_receipt_make(apr_pool_t *p, const as_receipt_status_t *statuses, const char *ref,
                             const char *id, const char *status, const char *error,
                             as_receipt_t *receipt)
{
    if (!is_id(ref, ID_CHARACTERS) || !status) {
        return APR_EINVAL;
    }
    while (statuses->name && strcmp(statuses->name, status) != 0) {
        statuses++;
    }
    receipt->ref = apr_pstrdup(p, ref);
    receipt->id = is_id(id, ID_CHARACTERS) ? apr_pstrdup(p, id) : NULL;
    receipt->state = statuses->name ? statuses->state : AS_RECEIPT_QUEUED;
    receipt->error =
        is_id(error, ID_CHARACTERS ".") && strcmp(error, "0") != 0 ? apr_pstrdup(p, error) : NULL;
    return APR_SUCCESS;
}

int as_receipt_is_recent(const char *seconds, apr_time_t now)
{
    apr_size_t len = seconds ? strlen(seconds) : 0;
    apr_time_t time;

    if (!len || len > SECONDS_DIGITS_MAX || strspn(seconds, "0123456789") != len) {
        return 0;
    }
    time = apr_time_from_sec(apr_atoi64(seconds));
    return time >= now - TOLERANCE && time <= now + TOLERANCE;
}

int as_receipt_has_content_type(const as_receipt_request_t *request, const char *type)
{
    const char *content_type = apr_table_get(request->headers, "Content-Type");
    apr_size_t len = strlen(type);

    return content_type && apr_cstr_casecmpn(content_type, type, len) == 0 &&
           strchr("; \t", content_type[len]);
}
