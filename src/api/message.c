/* SPDX-License-Identifier: Apache-2.0 */
#include "api/message.h"

#include "base/random.h"
#include "base/seal.h"

/* A text without a code is worth sending for so long. */
#define COURTESY_FOR apr_time_from_sec(3600)

typedef struct settled_t {
    const as_call_t *call;
    const as_message_t *sending;
    as_sms_result_t result;
    as_sms_receipt_t receipt;
} settled_t;

const char *as_message_find_fixed_code(const as_call_t *call, const as_user_t *user, int *is_test)
{
    const apr_array_header_t *tests = as_srv_test_numbers(call->sc);
    const char *code = NULL;

    *is_test = 0;
    for (int i = 0; tests && i < tests->nelts; i++) {
        const as_test_number_t *test = &APR_ARRAY_IDX(tests, i, as_test_number_t);

        if (strcmp(test->number, user->mobile) == 0) {
            *is_test = 1;
            code = strcmp(test->username_key, user->username_key) == 0 ? test->code : code;
        }
    }
    return code;
}

as_error_t as_message_create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                             const char *code, const char *code_id, as_message_t *sending)
{
    const as_srv_t *sc = call->sc;
    apr_status_t rv;

    *sending = (as_message_t){
        .row =
            {
                .user_id = user->id,
                .site = sc->site,
                .kind = as_text_template_name(kind),
                .code_id = code_id,
                .mobile = user->mobile,
                .created_at = call->now,
                .expires_at = call->now + (code ? as_srv_code_ttl(sc) : COURTESY_FOR),
            },
        .body = as_text_template_render(call->pool, call->r->server, kind, code),
    };
    as_message_find_fixed_code(call, user, &sending->silent);
    rv = as_uuid_generate(call->pool, &sending->row.id);
    if (rv == APR_SUCCESS && as_srv_queued(sc)) {
        rv = as_seal_encrypt(call->pool, as_call_get_secret(call), sending->row.id, sending->body,
                             &sending->row.sealed);
    }
    return rv == APR_SUCCESS ? AS_OK : as_call_fail_unavailable(call);
}

/* Receipts are asked for with an address for them only. */
static int is_recorded(const as_call_t *call, const as_message_t *sending)
{
    return !sending->silent && (as_srv_queued(call->sc) || as_srv_public_url(call->sc));
}

apr_status_t as_message_store(as_tx_t *tx, const as_call_t *call, const as_message_t *sending)
{
    const as_outbox_text_t *row = &sending->row;
    /* What waits may have been queued before a restart. */
    apr_status_t rv =
        sending->silent ? APR_SUCCESS : as_outbox_cancel(tx, row->user_id, row->kind, call->now);

    if (rv == APR_SUCCESS && is_recorded(call, sending)) {
        rv = as_outbox_insert(tx, row,
                              as_srv_queued(call->sc) ? AS_OUTBOX_QUEUED : AS_OUTBOX_SENDING);
    }
    return rv;
}

static apr_status_t settle(as_tx_t *tx, void *baton)
{
    const settled_t *s = baton;
    const char *id = s->sending->row.id;
    apr_time_t now = s->call->now;

    return s->result == AS_SMS_OK
               ? as_outbox_mark_sent(tx, id, NULL, s->receipt.sender, s->receipt.ref, now)
               : as_outbox_mark_failed(tx, id, NULL, as_sms_result_name(s->result), now);
}

as_sms_result_t as_message_send(as_call_t *call, const as_message_t *sending,
                                apr_interval_time_t *later)
{
    as_delivery_t *delivery = call->sc->child->delivery;
    as_text_t text = {
        .to = sending->row.mobile,
        .body = sending->body,
        .id = sending->row.id,
        .receipts = as_srv_receipt_url(call->pool, call->sc),
        .good_until = sending->row.expires_at,
    };
    settled_t settled = {.call = call, .sending = sending, .result = AS_SMS_TEMPORARY};

    *later = 0;
    if (sending->silent || as_srv_queued(call->sc)) {
        return AS_SMS_OK;
    }
    if (delivery) {
        settled.result = as_delivery_send(delivery, call->pool, &text, &settled.receipt, later);
    }
    /* What became of it is for the administrator: it changes nothing for the client. */
    if (is_recorded(call, sending)) {
        as_db_write(call->db, call->pool, settle, &settled);
    }
    return settled.result;
}

apr_status_t as_message_cancel(as_tx_t *tx, const as_call_t *call, const char *user_id,
                               as_text_kind_t kind)
{
    return as_outbox_cancel(tx, user_id, as_text_template_name(kind), call->now);
}
