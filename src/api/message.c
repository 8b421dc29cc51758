/* SPDX-License-Identifier: Apache-2.0 */
#include "api/message.h"

#include "auth/request_event.h"
#include "base/seal.h"
#include "base/uuid.h"

/* How long a text without a code is worth sending. */
#define NOTICE_TTL apr_time_from_sec(3600)

typedef struct outcome_t {
    const as_call_t *call;
    const as_message_t *message;
    as_sms_result_t result;
    as_sms_submission_t submission;
} outcome_t;

const char *as_message_find_fixed_code(const as_call_t *call, const as_user_t *user,
                                       int *is_test_number)
{
    const apr_array_header_t *tests = as_srv_test_numbers(call->sc);
    const char *code = NULL;

    *is_test_number = 0;
    for (int i = 0; tests && i < tests->nelts; i++) {
        const as_test_number_t *test = &APR_ARRAY_IDX(tests, i, as_test_number_t);

        if (strcmp(test->number, user->mobile) == 0) {
            *is_test_number = 1;
            code = strcmp(test->username_key, user->username_key) == 0 ? test->code : code;
        }
    }
    return code;
}

static as_error_t create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                         const char *value, const char *code_id, int is_queued,
                         as_message_t *message)
{
    const as_srv_t *sc = call->sc;
    int has_code = as_text_template_content(kind) == AS_TEMPLATE_CODE;
    apr_status_t rv;

    *message = (as_message_t){
        .row =
            {
                .user_id = user->id,
                .site = sc->site,
                .kind = as_text_template_name(kind),
                .code_id = code_id,
                .mobile = user->mobile,
                .created_at = call->now,
                .expires_at = call->now + (has_code ? as_srv_code_ttl(sc) : NOTICE_TTL),
            },
        .body = as_text_template_render(call->pool, call->r->server, kind, value),
        .is_queued = is_queued,
    };
    as_message_find_fixed_code(call, user, &message->is_test_number);
    rv = as_uuid_generate(call->pool, &message->row.id);
    if (rv == APR_SUCCESS && is_queued) {
        rv = as_seal_encrypt(call->pool, as_call_get_secret(call), message->row.id, message->body,
                             &message->row.body);
    }
    return rv == APR_SUCCESS ? AS_OK : as_call_fail_unavailable(call);
}

as_error_t as_message_create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                             const char *value, const char *code_id, as_message_t *message)
{
    return create(call, user, kind, value, code_id, as_srv_queued(call->sc), message);
}

as_error_t as_message_create_queued(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                                    const char *value, const char *code_id, as_message_t *message)
{
    return create(call, user, kind, value, code_id, 1, message);
}

/* Without AuthSMSPublicURL providers have no address for receipts. */
static int is_recorded(const as_call_t *call, const as_message_t *message)
{
    return !message->is_test_number && (message->is_queued || as_srv_public_url(call->sc));
}

apr_status_t as_message_store(as_tx_t *tx, const as_call_t *call, const as_message_t *message)
{
    const as_outbox_text_t *row = &message->row;
    as_outbox_state_t state = message->is_queued ? AS_OUTBOX_QUEUED : AS_OUTBOX_SENDING;
    apr_status_t rv = APR_SUCCESS;

    if (message->is_test_number) {
        return APR_SUCCESS;
    }
    /* Also for a text that is sent directly: an older one may be queued. */
    if (row->code_id && !message->is_first) {
        rv = as_outbox_cancel(tx, row->user_id, row->kind, call->now);
    }
    if (rv != APR_SUCCESS || !is_recorded(call, message)) {
        return rv;
    }
    return as_outbox_insert(tx, row, state);
}

static apr_status_t record_outcome(as_tx_t *tx, void *baton)
{
    const outcome_t *outcome = baton;
    const char *id = outcome->message->row.id;
    apr_time_t now = outcome->call->now;

    if (outcome->result == AS_SMS_OK) {
        return as_outbox_mark_sent(tx, id, NULL, outcome->submission.sender,
                                   outcome->submission.ref, now);
    }
    return as_outbox_mark_failed(tx, id, NULL, as_sms_result_name(outcome->result), now);
}

as_sms_result_t as_message_send(as_call_t *call, const as_message_t *message,
                                apr_interval_time_t *retry_after)
{
    as_delivery_t *delivery = call->sc->child->delivery;
    as_sms_text_t text = {
        .to = message->row.mobile,
        .body = message->body,
        .id = message->row.id,
        .receipt_url = as_srv_receipt_url(call->pool, call->sc),
        .expires_at = message->row.expires_at,
    };
    outcome_t outcome = {.call = call, .message = message, .result = AS_SMS_TEMPORARY};

    *retry_after = 0;
    if (message->is_test_number || message->is_queued) {
        return AS_SMS_OK;
    }
    if (delivery) {
        outcome.result =
            as_delivery_send_text(delivery, call->pool, &text, &outcome.submission, retry_after);
    }
    as_request_event_raise(
        call->r,
        (as_event_t){
            .kind = AS_EVENT_SMS_SEND,
            .code = outcome.result == AS_SMS_OK ? NULL : as_sms_result_name(outcome.result),
            .account = message->row.user_id,
            .template = message->row.kind,
            .number = message->row.mobile,
            .sender = outcome.submission.sender,
        });
    /* For the administrator only: a failure to record changes nothing for the client. */
    if (is_recorded(call, message)) {
        as_db_write(call->db, call->pool, record_outcome, &outcome);
    }
    return outcome.result;
}

apr_status_t as_message_cancel(as_tx_t *tx, const as_call_t *call, const char *user_id,
                               as_text_kind_t kind)
{
    return as_outbox_cancel(tx, user_id, as_text_template_name(kind), call->now);
}
