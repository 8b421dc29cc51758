/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vonage SMS API. Its HTTP status is always 200: each part of a text has its own status, and single
 * parts can fail. Credentials are sent in the header, so the body has no secret.
 */
#include <apr_strings.h>

#include <string.h>

#include "sms/http_api.h"
#include "sms/receipt.h"
#include "sms/segments.h"
#include "sms/sender.h"
#include "text/form.h"

static const as_provider_param_t params[] = {
    {"key", AS_PROVIDER_PARAM_REQUIRED},  {"secret", AS_PROVIDER_PARAM_REQUIRED},
    {"from", AS_PROVIDER_PARAM_REQUIRED}, {"signature", AS_PROVIDER_PARAM_OPTIONAL},
    {"url", AS_PROVIDER_PARAM_OPTIONAL},  {NULL, AS_PROVIDER_PARAM_OPTIONAL},
};

/* Codes and comments: Vonage's table of SMS API errors. The results are our choice. A code that
 * depends on the number must not count as a failure of the provider: see twilio_errors.c. */
static const as_http_api_error_t error_codes[] = {
    {1, AS_SMS_RATE_LIMITED}, /* throttled */
    {2, AS_SMS_CREDENTIALS},  /* a parameter is missing */
    {3, AS_SMS_REJECTED},     /* invalid parameter: only the number varies */
    {4, AS_SMS_CREDENTIALS},  /* invalid credentials */
    {5, AS_SMS_TEMPORARY},    /* internal error */
    {6, AS_SMS_UNREACHABLE},  /* invalid message, e.g. an unknown prefix */
    {7, AS_SMS_FRAUD},        /* number barred */
    {8, AS_SMS_CREDENTIALS},  /* account barred */
    {9, AS_SMS_UNREACHABLE},  /* not enough credit for this text: the price depends on the number */
    {10, AS_SMS_RATE_LIMITED}, /* too many connections */
    {11, AS_SMS_CREDENTIALS},  /* not enabled for HTTP */
    {12, AS_SMS_REJECTED},     /* message too long */
    {14, AS_SMS_CREDENTIALS},  /* invalid signature */
    {15, AS_SMS_UNREACHABLE},  /* invalid sender: the rules depend on the country */
    {22, AS_SMS_UNREACHABLE},  /* the network does not match the number */
    {29, AS_SMS_UNREACHABLE},  /* not on the list of a demo account */
    {33, AS_SMS_REJECTED},     /* number deactivated */
    {0, AS_SMS_UNKNOWN},
};

typedef struct vonage_sender_t {
    const char *key;
    const char *secret;
    const char *from; /* encoded */
    const char *url;
    const char *balance_url;
    const char *signature; /* NULL: receipts are not signed, so none are requested */
} vonage_sender_t;

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    vonage_sender_t *sender = apr_pcalloc(p, sizeof(*sender));
    const char *from = apr_table_get(values, "from");
    const char *base;
    apr_status_t rv = as_http_api_check_from(from, error);

    if (rv == APR_SUCCESS) {
        rv = as_http_api_parse_base_url(p, values, "https://rest.nexmo.com", &base, error);
    }
    if (rv == APR_SUCCESS) {
        sender->key = apr_table_get(values, "key");
        sender->secret = apr_table_get(values, "secret");
        sender->signature = apr_table_get(values, "signature");
        sender->from = as_form_encode(p, from + (*from == '+'));
        sender->url = apr_pstrcat(p, base, "/sms/json", NULL);
        sender->balance_url = apr_pstrcat(p, base, "/account/get-balance", NULL);
    }
    *self = sender;
    return rv;
}

static const char *make_form(apr_pool_t *p, const vonage_sender_t *sender,
                             const as_sms_text_t *text)
{
    const char *callback = sender->signature ? text->receipt_url : NULL;

    return apr_pstrcat(
        p, "from=", sender->from, "&to=", as_form_encode(p, text->to + (*text->to == '+')),
        "&text=", as_form_encode(p, text->body),
        as_segments_count(text->body).gsm7 ? "" : "&type=unicode", text->id ? "&client-ref=" : "",
        text->id ? as_form_encode(p, text->id) : "", callback ? "&callback=" : "",
        callback ? as_form_encode(p, callback) : "", NULL);
}

/* The result of one part; OK with the provider's message id. */
static as_sms_result_t result_of_part(as_sms_call_t *call, json_object *part, const char **id)
{
    int code = as_http_api_member_code(part, "status");
    as_sms_result_t result;

    *id = as_json_get_string(part, "message-id");
    if (as_http_api_member_equals(part, "status", "0")) {
        return *id && **id ? AS_SMS_OK : AS_SMS_UNKNOWN;
    }
    if (code) {
        call->detail = apr_psprintf(call->pool, "status %d, %s", code, call->detail);
        /* An unknown code is a refusal too. */
        return as_http_api_result_of_code(error_codes, code, &result) == APR_SUCCESS
                   ? result
                   : AS_SMS_UNREACHABLE;
    }
    return AS_SMS_UNKNOWN;
}

static json_object *find_parts(const as_http_api_response_t *response)
{
    json_object *parts = response->status == 200 && response->object
                             ? json_object_object_get(response->object, "messages")
                             : NULL;

    return json_object_is_type(parts, json_type_array) && json_object_array_length(parts) ? parts
                                                                                          : NULL;
}

/* All parts must be accepted, or all refused. Half a text may be read, so it is not sent again. */
static as_sms_result_t result_of(as_sms_call_t *call, const as_http_api_response_t *response,
                                 const char **ref)
{
    json_object *parts = find_parts(response);
    as_sms_result_t result = AS_SMS_UNKNOWN;

    if (!parts) {
        return as_http_api_result_of_status(response->status);
    }
    for (apr_size_t i = 0; i < json_object_array_length(parts); i++) {
        json_object *part = json_object_array_get_idx(parts, i);
        const char *id = NULL;
        as_sms_result_t one = json_object_is_type(part, json_type_object)
                                  ? result_of_part(call, part, &id)
                                  : AS_SMS_UNKNOWN;

        if (i == 0) {
            result = one;
            *ref = one == AS_SMS_OK ? apr_pstrdup(call->pool, id) : NULL;
        } else if ((one == AS_SMS_OK) != (result == AS_SMS_OK) || one == AS_SMS_UNKNOWN) {
            result = AS_SMS_UNKNOWN;
        }
    }
    return result;
}

static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                                 const char **ref)
{
    const vonage_sender_t *sender = self;
    const char *form = make_form(call->pool, sender, text);
    as_http_client_request_t request = {
        .method = "POST",
        .url = sender->url,
        .user = sender->key,
        .password = sender->secret,
        .content_type = "application/x-www-form-urlencoded",
        .body = {form, strlen(form)},
    };
    as_http_api_response_t response;
    as_sms_result_t result = as_http_api_call(call, &request, &response);

    *ref = NULL;
    if (result == AS_SMS_OK) {
        result = result_of(call, &response, ref);
    }
    *ref = result == AS_SMS_OK ? *ref : NULL;
    return result;
}

static apr_status_t read_receipt(void *self, apr_pool_t *p, const as_receipt_request_t *request,
                                 apr_time_t now, as_receipt_t *receipt)
{
    const vonage_sender_t *sender = self;

    return sender->signature ? as_receipt_vonage_read(p, sender->signature, request, now, receipt)
                             : APR_EACCES;
}

static as_sms_result_t check_account(void *self, as_sms_call_t *call)
{
    const vonage_sender_t *sender = self;
    as_http_client_request_t request = {
        .method = "GET",
        .url = sender->balance_url,
        .user = sender->key,
        .password = sender->secret,
    };
    as_http_api_response_t response;
    as_sms_result_t result = as_http_api_call(call, &request, &response);

    if (result != AS_SMS_OK) {
        return result;
    }
    return response.status == 200 && !response.object
               ? AS_SMS_TEMPORARY
               : as_http_api_result_of_account(response.status);
}

const as_sender_type_t as_sender_vonage = {"vonage",  params,       make,
                                           send_text, read_receipt, check_account};
