/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/twilio_api.h"

#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "sms/receipt.h"
#include "sms/sender.h"
#include "text/form.h"

static const as_provider_param_t params[] = {
    {"account", AS_PROVIDER_PARAM_REQUIRED}, {"token", AS_PROVIDER_PARAM_REQUIRED},
    {"from", AS_PROVIDER_PARAM_ONE_OF},      {"messaging-service", AS_PROVIDER_PARAM_ONE_OF},
    {"url", AS_PROVIDER_PARAM_OPTIONAL},     {NULL, AS_PROVIDER_PARAM_OPTIONAL},
};

enum { VALIDITY_MIN = 1, VALIDITY_MAX = 36000 /* seconds */ };

typedef struct twilio_sender_t {
    as_twilio_api_t twilio;
    const char *path;
    const char *from; /* "From=…" or "MessagingServiceSid=…", encoded */
} twilio_sender_t;

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    twilio_sender_t *sender = apr_pcalloc(p, sizeof(*sender));
    const char *from = apr_table_get(values, "from");
    const char *service = apr_table_get(values, "messaging-service");
    apr_status_t rv =
        as_twilio_api_make(p, values, "https://api.twilio.com", &sender->twilio, error);

    if (rv == APR_SUCCESS && from) {
        rv = as_http_api_check_from(from, error);
    }
    if (rv == APR_SUCCESS && service && !as_twilio_api_is_sid(service, "MG")) {
        *error = "messaging-service= must be a Messaging Service SID: MG and 32 hex digits";
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        sender->path =
            apr_pstrcat(p, "/2010-04-01/Accounts/", sender->twilio.account, "/Messages.json", NULL);
        sender->from = from ? apr_pstrcat(p, "From=", as_form_encode(p, from), NULL)
                            : apr_pstrcat(p, "MessagingServiceSid=", service, NULL);
    }
    *self = sender;
    return rv;
}

static int is_undelivered(const char *status)
{
    return strcmp(status, "failed") == 0 || strcmp(status, "undelivered") == 0 ||
           strcmp(status, "canceled") == 0;
}

/* Did Twilio accept the text? */
static int is_accepted(const as_http_api_response_t *response, const char **sid)
{
    const char *status;

    if (response->status != 201 || !response->object ||
        as_http_api_member_code(response->object, "error_code")) {
        return 0;
    }
    *sid = as_json_get_string(response->object, "sid");
    status = as_json_get_string(response->object, "status");
    return *sid && (as_twilio_api_is_sid(*sid, "SM") || as_twilio_api_is_sid(*sid, "MM")) &&
           status && !is_undelivered(status);
}

/* 201, but the text failed at once: error_code is the reason. An unknown reason may depend on the
 * number, so it is no failure of Twilio. */
static as_sms_result_t result_of_failed_text(as_sms_call_t *call,
                                             const as_http_api_response_t *response)
{
    int code = response->object ? as_http_api_member_code(response->object, "error_code") : 0;
    const char *status = response->object ? as_json_get_string(response->object, "status") : NULL;
    as_sms_result_t result;

    if (code) {
        call->detail = apr_psprintf(call->pool, "error_code %d, %s", code, call->detail);
    }
    if (as_http_api_result_of_code(as_twilio_api_errors, code, &result) == APR_SUCCESS) {
        return result;
    }
    return status && is_undelivered(status) ? AS_SMS_UNREACHABLE : AS_SMS_UNKNOWN;
}

/* Networks discard the text when it expires. */
static const char *validity_period(apr_pool_t *p, const as_sms_text_t *text)
{
    apr_time_t left = apr_time_sec(text->expires_at - as_clock_now());

    if (!text->expires_at) {
        return "";
    }
    left = left < VALIDITY_MIN ? VALIDITY_MIN : left > VALIDITY_MAX ? VALIDITY_MAX : left;
    return apr_psprintf(p, "&ValidityPeriod=%d", (int)left);
}

/* "": no delivery receipts. */
static const char *status_callback(apr_pool_t *p, const as_sms_text_t *text)
{
    const char *url = text->receipt_url;

    if (!url) {
        return "";
    }
    if (text->id) {
        url = apr_pstrcat(p, url, strchr(url, '?') ? "&" : "?", AS_TWILIO_API_TEXT_ID "=",
                          as_form_encode(p, text->id), NULL);
    }
    return apr_pstrcat(p, "&StatusCallback=", as_form_encode(p, url), NULL);
}

static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                                 const char **ref)
{
    const twilio_sender_t *sender = self;
    apr_pool_t *p = call->pool;
    const char *form = apr_pstrcat(p, "To=", as_form_encode(p, text->to), "&", sender->from,
                                   "&Body=", as_form_encode(p, text->body),
                                   validity_period(p, text), status_callback(p, text), NULL);
    as_http_api_response_t response;
    const char *sid = NULL;
    as_sms_result_t result =
        as_twilio_api_post(&sender->twilio, call, sender->path, form, &response);

    *ref = NULL;
    if (result != AS_SMS_OK) {
        return result;
    }
    if (is_accepted(&response, &sid)) {
        *ref = apr_pstrdup(p, sid);
        return AS_SMS_OK;
    }
    return response.status == 201 ? result_of_failed_text(call, &response)
                                  : as_twilio_api_result_of_failure(call, &response);
}

static apr_status_t read_receipt(void *self, apr_pool_t *p, const as_receipt_request_t *request,
                                 apr_time_t now, as_receipt_t *receipt)
{
    const twilio_sender_t *sender = self;

    /* Twilio's signature has no timestamp. */
    (void)now;
    return as_receipt_twilio_read(p, sender->twilio.token, request, receipt);
}

static as_sms_result_t check_account(void *self, as_sms_call_t *call)
{
    const twilio_sender_t *sender = self;

    return as_twilio_api_check(
        &sender->twilio, call,
        apr_pstrcat(call->pool, "/2010-04-01/Accounts/", sender->twilio.account, ".json", NULL));
}

const as_sender_type_t as_sender_twilio = {"twilio",  params,       make,
                                           send_text, read_receipt, check_account};
