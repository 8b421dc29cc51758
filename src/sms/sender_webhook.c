/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts to a program of one's own, or a gateway: {"id","to","body","receipts"} as a Standard
 * Webhook. Its id is the text's own, the same whenever it is sent again, so that the receiver can
 * drop what it has had. A 2xx says yes; whoever wants to say more answers {"code":"…"}.
 */
#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "sms/http_api.h"
#include "sms/receipt.h"
#include "sms/standard_webhooks.h"
#include "sms/types.h"

static const as_sms_param_t params[] = {
    {"url", AS_SMS_REQUIRED},
    {"secret", AS_SMS_REQUIRED},
    {NULL, AS_SMS_OPTIONAL},
};

/* Facts: the answers of Authgear's custom gateways, which are much the same; `blocked` is ours. */
static const struct {
    const char *code;
    as_sms_result_t result;
} codes[] = {
    {"ok", AS_SMS_OK},
    {"invalid_phone_number", AS_SMS_REJECTED},
    {"rate_limited", AS_SMS_RATE_LIMITED},
    {"authentication_failed", AS_SMS_CREDENTIALS},
    {"unsupported_request", AS_SMS_UNREACHABLE},
    {"delivery_rejected", AS_SMS_UNREACHABLE},
    {"blocked", AS_SMS_FRAUD},
    {"timeout", AS_SMS_UNKNOWN},
    {"unknown_error", AS_SMS_UNKNOWN},
};

typedef struct sender_t {
    const char *url;
    as_span_t key;
} sender_t;

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    sender_t *sender = apr_pcalloc(p, sizeof(*sender));

    sender->url = apr_table_get(values, "url");
    *self = sender;
    if (!as_http_client_allows_url(sender->url) || strchr(sender->url, '#')) {
        *error = "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, without "
                 "user and fragment";
        return APR_EINVAL;
    }
    return as_webhook_key(p, apr_table_get(values, "secret"), &sender->key, error);
}

static as_span_t body_of(apr_pool_t *p, const as_text_t *text, const char *id)
{
    json_object *body = as_json_new_object(p);

    json_object_object_add(body, "id", json_object_new_string(id));
    json_object_object_add(body, "to", json_object_new_string(text->to));
    json_object_object_add(body, "body", json_object_new_string(text->body));
    if (text->receipts) {
        json_object_object_add(body, "receipts", json_object_new_string(text->receipts));
    }
    return as_json_serialize(body);
}

static apr_status_t sign(apr_pool_t *p, const sender_t *sender, const char *id, as_span_t body,
                         apr_array_header_t *headers)
{
    const as_webhook_message_t message = {
        .id = id,
        .timestamp = apr_psprintf(p, "%" APR_TIME_T_FMT, apr_time_sec(as_clock_now())),
        .body = body,
    };
    const char *signature;
    apr_status_t rv = as_webhook_sign(p, sender->key, &message, &signature);

    if (rv == APR_SUCCESS) {
        APR_ARRAY_PUSH(headers, const char *) = apr_pstrcat(p, "webhook-id: ", id, NULL);
        APR_ARRAY_PUSH(headers, const char *) =
            apr_pstrcat(p, "webhook-timestamp: ", message.timestamp, NULL);
        APR_ARRAY_PUSH(headers, const char *) =
            apr_pstrcat(p, "webhook-signature: ", signature, NULL);
    }
    return rv;
}

/* What the status says, where no code of the receiver's does: a redirect is a refusal here (the
 * specification says so), and so is 410. explained: it has a code that is not in the table. */
static as_sms_result_t by_status(int status, int explained)
{
    if (status >= 200 && status < 300) {
        return AS_SMS_OK;
    }
    return status == 410 || (status >= 300 && status < 400) ? AS_SMS_CREDENTIALS
                                                            : as_sms_by_refusal(status, explained);
}

static as_sms_result_t result_of(as_sms_call_t *call, const as_sms_answer_t *answer)
{
    const char *code = answer->object ? as_json_get_string(answer->object, "code") : NULL;

    for (apr_size_t i = 0; code && i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(code, codes[i].code) == 0) {
            as_sms_result_t by = by_status(answer->status, 0);

            call->why = apr_psprintf(call->pool, "code %s, %s", codes[i].code, call->why);
            /* "ok" under a status that says no. */
            return codes[i].result == AS_SMS_OK && by != AS_SMS_OK ? AS_SMS_UNKNOWN
                                                                   : codes[i].result;
        }
    }
    return by_status(answer->status, code != NULL);
}

static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_text_t *text,
                                 const char **ref)
{
    const sender_t *sender = self;
    apr_pool_t *p = call->pool;
    apr_array_header_t *headers = apr_array_make(p, 3, sizeof(const char *));
    as_http_client_request_t request = {
        .method = "POST",
        .url = sender->url,
        .headers = headers,
        .content_type = "application/json",
    };
    const char *id = text->id;
    as_sms_answer_t answer;
    as_sms_result_t result;

    *ref = NULL;
    if (!id && as_uuid_generate(p, &id) != APR_SUCCESS) {
        call->why = "no random number for an id";
        return AS_SMS_TEMPORARY;
    }
    request.body = body_of(p, text, id);
    if (sign(p, sender, id, request.body, headers) != APR_SUCCESS) {
        call->why = "it could not be signed";
        return AS_SMS_TEMPORARY;
    }
    result = as_sms_exchange(call, &request, &answer);
    if (result == AS_SMS_OK) {
        result = result_of(call, &answer);
    }
    *ref = result == AS_SMS_OK ? id : NULL;
    return result;
}

static apr_status_t receipt(void *self, apr_pool_t *p, const as_receipt_request_t *request,
                            apr_time_t now, as_receipt_t *said)
{
    const sender_t *sender = self;

    return as_receipt_webhook(p, sender->key, request, now, said);
}

const as_sender_type_t as_sender_webhook = {"webhook", params, make, send_text, receipt};
