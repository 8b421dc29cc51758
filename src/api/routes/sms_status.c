/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sms/status, GET /sms/status (Vonage): a provider's delivery receipt */
#include "api/call.h"

#include <apr_strings.h>

#include "sms/receipt.h"
#include "store/outbox.h"

enum { TRIES = 5, PAUSE = 200 * 1000 /* µs */ };

typedef struct status_t {
    const as_call_t *call;
    const as_sender_type_t *sender;
    as_receipt_t receipt;
} status_t;

static apr_status_t keep(as_tx_t *tx, void *baton)
{
    static const as_outbox_state_t states[] = {
        [AS_RECEIPT_SENT] = AS_OUTBOX_SENT,
        [AS_RECEIPT_DELIVERED] = AS_OUTBOX_DELIVERED,
        [AS_RECEIPT_FAILED] = AS_OUTBOX_FAILED,
    };
    const status_t *s = baton;
    const as_outbox_receipt_t receipt = {
        .sender = s->sender->name,
        .id = s->receipt.id,
        .ref = s->receipt.ref,
        .state = states[s->receipt.state],
        .error = s->receipt.state == AS_RECEIPT_FAILED ? s->receipt.error : NULL,
    };

    return as_outbox_record_receipt(tx, &receipt, s->call->now);
}

static apr_status_t read_signed(status_t *s)
{
    const as_call_t *call = s->call;
    const apr_array_header_t *senders = as_srv_senders(call->sc);
    const char *url = as_srv_receipt_url(call->pool, call->sc);
    as_receipt_request_t request = {
        .url = call->query && url ? apr_pstrcat(call->pool, url, "?", call->query, NULL) : url,
        .headers = call->r->headers_in,
        .body = call->raw,
        .query = call->r->method_number != M_GET ? NULL
                 : call->query                   ? call->query
                                                 : "",
    };

    return url && senders
               ? as_receipt_read(call->pool, senders, &request, call->now, &s->sender, &s->receipt)
               : APR_EACCES;
}

/* A receipt without an id of ours can come before the provider's reference is stored, and it comes
 * once: wait for the reference. */
static apr_status_t keep_soon(status_t *s)
{
    apr_status_t rv = as_db_write(s->call->db, s->call->pool, keep, s);

    for (int i = 0; rv == APR_ENOENT && i < TRIES; i++) {
        apr_sleep(PAUSE);
        rv = as_db_write(s->call->db, s->call->pool, keep, s);
    }
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

as_error_t as_endpoint_sms_status(as_call_t *call)
{
    status_t status = {.call = call};
    apr_status_t rv = read_signed(&status);
    as_error_t error = AS_OK;

    if (rv == APR_EACCES) {
        error = AS_E_BAD_SIGNATURE;
    } else if (rv != APR_SUCCESS) {
        error = AS_E_BAD_REQUEST;
    } else if (status.receipt.state != AS_RECEIPT_QUEUED && keep_soon(&status) != APR_SUCCESS) {
        error = as_call_fail_unavailable(call);
    }
    call->reply.status = HTTP_NO_CONTENT;
    return error;
}
