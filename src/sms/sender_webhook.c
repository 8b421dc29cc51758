/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts to a receiver of the administrator's own, or to a gateway: {"id","to","body","receipts"} as
 * a Standard Webhook. The id is the same for each attempt, so the receiver can drop duplicates.
 * Any 2xx is a success; a body {"code":"…"} gives the exact result.
 */
#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "sms/http_api.h"
#include "sms/receipt.h"
#include "sms/sender.h"
#include "sms/standard_webhooks.h"

static const as_provider_param_t params[] = {
    {"url", AS_PROVIDER_PARAM_REQUIRED},
    {"secret", AS_PROVIDER_PARAM_REQUIRED},
    {NULL, AS_PROVIDER_PARAM_OPTIONAL},
};

/* The codes of Authgear's custom SMS gateways, and `blocked`. */
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

typedef struct webhook_sender_t {
    const char *url;
    as_span_t key;
} webhook_sender_t;

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    webhook_sender_t *sender = apr_pcalloc(p, sizeof(*sender));

    sender->url = apr_table_get(values, "url");
    *self = sender;
    if (!as_http_client_allows_url(sender->url) || strchr(sender->url, '#')) {
        *error = "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, without "
                 "user and fragment";
        return APR_EINVAL;
    }
    return as_standard_webhooks_read_key(p, apr_table_get(values, "secret"), &sender->key, error);
}

static as_span_t make_body(apr_pool_t *p, const as_sms_text_t *text, const char *id)
{
    json_object *body = as_json_new_object(p);

    json_object_object_add(body, "id", json_object_new_string(id));
    json_object_object_add(body, "to", json_object_new_string(text->to));
    json_object_object_add(body, "body", json_object_new_string(text->body));
    if (text->receipt_url) {
        json_object_object_add(body, "receipts", json_object_new_string(text->receipt_url));
    }
    return as_json_serialize(body);
}

static apr_status_t sign_request(apr_pool_t *p, const webhook_sender_t *sender, const char *id,
                                 as_span_t body, apr_array_header_t *headers)
{
    const as_standard_webhooks_message_t message = {
        .id = id,
        .timestamp = apr_psprintf(p, "%" APR_TIME_T_FMT, apr_time_sec(as_clock_now())),
        .body = body,
    };
    const char *signature;
    apr_status_t rv = as_standard_webhooks_sign(p, sender->key, &message, &signature);

    if (rv == APR_SUCCESS) {
        APR_ARRAY_PUSH(headers, const char *) = apr_pstrcat(p, "webhook-id: ", id, NULL);
        APR_ARRAY_PUSH(headers, const char *) =
            apr_pstrcat(p, "webhook-timestamp: ", message.timestamp, NULL);
        APR_ARRAY_PUSH(headers, const char *) =
            apr_pstrcat(p, "webhook-signature: ", signature, NULL);
    }
    return rv;
}

/* The result of a response without a known code. By the specification, a redirect and 410 are
 * refusals of this configuration. has_reason: the response has an unknown code. */
static as_sms_result_t result_of_status(int status, int has_reason)
{
    if (status >= 200 && status < 300) {
        return AS_SMS_OK;
    }
    return status == 410 || (status >= 300 && status < 400)
               ? AS_SMS_CREDENTIALS
               : as_http_api_result_of_refusal(status, has_reason);
}

static as_sms_result_t result_of(as_sms_call_t *call, const as_http_api_response_t *response)
{
    const char *code = response->object ? as_json_get_string(response->object, "code") : NULL;

    for (apr_size_t i = 0; code && i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(code, codes[i].code) == 0) {
            as_sms_result_t by_status = result_of_status(response->status, 0);

            call->detail = apr_psprintf(call->pool, "code %s, %s", codes[i].code, call->detail);
            /* "ok" with an HTTP status that is a failure. */
            return codes[i].result == AS_SMS_OK && by_status != AS_SMS_OK ? AS_SMS_UNKNOWN
                                                                          : codes[i].result;
        }
    }
    return result_of_status(response->status, code != NULL);
}

static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                                 const char **ref)
{
    const webhook_sender_t *sender = self;
    apr_pool_t *p = call->pool;
    apr_array_header_t *headers = apr_array_make(p, 3, sizeof(const char *));
    as_http_client_request_t request = {
        .method = "POST",
        .url = sender->url,
        .headers = headers,
        .content_type = "application/json",
    };
    const char *id = text->id;
    as_http_api_response_t response;
    as_sms_result_t result;

    *ref = NULL;
    if (!id && as_uuid_generate(p, &id) != APR_SUCCESS) {
        call->detail = "no id: the random generator failed";
        return AS_SMS_TEMPORARY;
    }
    request.body = make_body(p, text, id);
    if (sign_request(p, sender, id, request.body, headers) != APR_SUCCESS) {
        call->detail = "the request could not be signed";
        return AS_SMS_TEMPORARY;
    }
    result = as_http_api_call(call, &request, &response);
    if (result == AS_SMS_OK) {
        result = result_of(call, &response);
    }
    *ref = result == AS_SMS_OK ? id : NULL;
    return result;
}

static apr_status_t read_receipt(void *self, apr_pool_t *p, const as_receipt_request_t *request,
                                 apr_time_t now, as_receipt_t *receipt)
{
    const webhook_sender_t *sender = self;

    return as_receipt_webhook_read(p, sender->key, request, now, receipt);
}

const as_sender_type_t as_sender_webhook = {"webhook", params, make, send_text, read_receipt, NULL};
