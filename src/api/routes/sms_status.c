/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sms/status, GET /sms/status (Vonage): a provider's delivery receipt */
#include "api/call.h"

#include <apr_strings.h>

#include "base/metric.h"
#include "sms/receipt.h"
#include "store/outbox.h"

enum { ATTEMPTS = 6, PAUSE = 200 * 1000 /* µs */ };

typedef struct delivery_t {
    const as_call_t *call;
    const as_sender_type_t *sender;
    as_receipt_t receipt;
} delivery_t;

/* Verify the signature and read the receipt. APR_EACCES: no configured sender has signed it. */
static apr_status_t read_receipt(delivery_t *delivery)
{
    const as_call_t *call = delivery->call;
    const apr_array_header_t *senders = as_srv_senders(call->sc);
    const char *url = as_srv_receipt_url(call->pool, call->sc);
    const char *query = call->raw_query;
    as_receipt_request_t request = {
        .url = query && url ? apr_pstrcat(call->pool, url, "?", query, NULL) : url,
        .headers = call->r->headers_in,
        .body = call->raw_body,
    };

    if (!url || !senders) {
        return APR_EACCES;
    }
    if (call->r->method_number == M_GET) {
        request.query = query ? query : "";
    }
    return as_receipt_read(call->pool, senders, &request, call->now, &delivery->sender,
                           &delivery->receipt);
}

static void count_receipt(const delivery_t *delivery)
{
    AS_METRIC_INCREMENT(RECEIPTS,
                        as_metric_find_value(AS_METRIC_LABEL_SENDER, delivery->sender->name),
                        delivery->receipt.state);
}

static apr_status_t record(as_tx_t *tx, void *baton)
{
    static const as_outbox_state_t states[] = {
#define STATE_OF_TEXT(state, word) [AS_RECEIPT_##state] = AS_OUTBOX_##state,
        AS_RECEIPT_STATES(STATE_OF_TEXT)
#undef STATE_OF_TEXT
    };
    const delivery_t *delivery = baton;
    const as_receipt_t *receipt = &delivery->receipt;
    const as_outbox_receipt_t row = {
        .sender = delivery->sender->name,
        .id = receipt->id,
        .ref = receipt->ref,
        .state = states[receipt->state],
        .error = receipt->state == AS_RECEIPT_FAILED ? receipt->error : NULL,
    };

    return as_outbox_record_receipt(tx, &row, delivery->call->now);
}

/* A receipt without the module's id may arrive before the provider's reference is stored.
 * Providers send it once, so this waits a second for the reference. */
static apr_status_t record_receipt(delivery_t *delivery)
{
    const as_call_t *call = delivery->call;

    for (int i = 0; i < ATTEMPTS; i++) {
        apr_status_t rv;

        if (i > 0) {
            apr_sleep(PAUSE);
        }
        rv = as_db_write(call->db, call->pool, record, delivery);
        if (rv != APR_ENOENT) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

as_error_t as_endpoint_sms_status(as_call_t *call)
{
    static const char *const words[] = {
#define STATE_WORD(state, word) word,
        AS_RECEIPT_STATES(STATE_WORD)
#undef STATE_WORD
    };
    delivery_t delivery = {.call = call};
    apr_status_t rv = read_receipt(&delivery);

    if (rv == APR_EACCES) {
        return AS_E_BAD_SIGNATURE;
    }
    if (rv != APR_SUCCESS) {
        return AS_E_BAD_REQUEST;
    }
    call->event.sender = delivery.sender->name;
    call->event.state = words[delivery.receipt.state];
    if (delivery.receipt.state != AS_RECEIPT_QUEUED && record_receipt(&delivery) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    count_receipt(&delivery);
    call->reply.status = HTTP_NO_CONTENT;
    return AS_OK;
}
