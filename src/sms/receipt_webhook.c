/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts for texts sent by sender_webhook.c: {"id","status","error"}, as a Standard Webhook. */
#include "sms/receipt.h"
#include "sms/standard_webhooks.h"
#include "text/json.h"

static const as_receipt_status_t statuses[] = {
#define STATUS_ROW(state, word) {word, AS_RECEIPT_##state},
    AS_RECEIPT_STATES(STATUS_ROW)
#undef STATUS_ROW
        {NULL, AS_RECEIPT_QUEUED},
};

apr_status_t as_receipt_webhook_read(apr_pool_t *p, as_span_t key,
                                     const as_receipt_request_t *request, apr_time_t now,
                                     as_receipt_t *receipt)
{
    const as_standard_webhooks_message_t message = {
        .id = apr_table_get(request->headers, "webhook-id"),
        .timestamp = apr_table_get(request->headers, "webhook-timestamp"),
        .body = request->body,
    };
    json_object *object;
    const char *id;

    if (!as_standard_webhooks_verify(p, key, &message,
                                     apr_table_get(request->headers, "webhook-signature"), now)) {
        return APR_EACCES;
    }
    if (as_json_parse_object(p, request->body.data, request->body.len, &object) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    id = as_json_get_string(object, "id");
    return as_receipt_make(p, statuses, id, id, as_json_get_string(object, "status"),
                           as_json_get_string(object, "error"), receipt);
}
