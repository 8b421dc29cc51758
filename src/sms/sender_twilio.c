/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/twilio_api.h"

#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "text/form.h"
#include "sms/receipt.h"
#include "sms/types.h"

static const as_sms_param_t params[] = {
    {"account", AS_SMS_REQUIRED},         {"token", AS_SMS_REQUIRED}, {"from", AS_SMS_ONE_OF},
    {"messaging-service", AS_SMS_ONE_OF}, {"url", AS_SMS_OPTIONAL},   {NULL, AS_SMS_OPTIONAL},
};

enum { VALIDITY_MIN = 1, VALIDITY_MAX = 36000 /* seconds */ };

typedef struct sender_t {
    as_twilio_t twilio;
    const char *path;
    const char *origin; /* "From=…" or "MessagingServiceSid=…", encoded */
} sender_t;

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    sender_t *sender = apr_pcalloc(p, sizeof(*sender));
    const char *from = apr_table_get(values, "from");
    const char *service = apr_table_get(values, "messaging-service");
    apr_status_t rv = as_twilio_make(p, values, "https://api.twilio.com", &sender->twilio, error);

    if (rv == APR_SUCCESS && from) {
        rv = as_sms_origin(from, error);
    }
    if (rv == APR_SUCCESS && service && !as_twilio_is_sid(service, "MG")) {
        *error = "messaging-service= must be a Messaging Service SID: MG and 32 hex digits";
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        sender->path =
            apr_pstrcat(p, "/2010-04-01/Accounts/", sender->twilio.account, "/Messages.json", NULL);
        sender->origin = from ? apr_pstrcat(p, "From=", as_form_encode(p, from), NULL)
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

/* Has Twilio taken the text on? */
static int is_accepted(const as_sms_answer_t *answer, const char **sid)
{
    const char *status;

    if (answer->status != 201 || !answer->object || as_sms_code(answer->object, "error_code")) {
        return 0;
    }
    *sid = as_json_get_string(answer->object, "sid");
    status = as_json_get_string(answer->object, "status");
    return *sid && (as_twilio_is_sid(*sid, "SM") || as_twilio_is_sid(*sid, "MM")) && status &&
           !is_undelivered(status);
}

/* A text that was made and has failed at once names its reason in error_code. A reason that is not
 * in the table is no fault of Twilio's: it may depend on the number. */
static as_sms_result_t made_and_failed(as_sms_call_t *call, const as_sms_answer_t *answer)
{
    int code = answer->object ? as_sms_code(answer->object, "error_code") : 0;
    const char *status = answer->object ? as_json_get_string(answer->object, "status") : NULL;
    as_sms_result_t result;

    if (code) {
        call->why = apr_psprintf(call->pool, "error_code %d, %s", code, call->why);
    }
    if (as_sms_by_code(as_twilio_codes, code, &result) == APR_SUCCESS) {
        return result;
    }
    return status && is_undelivered(status) ? AS_SMS_UNREACHABLE : AS_SMS_UNKNOWN;
}

/* No carrier keeps it for longer than it is good. */
static const char *validity(apr_pool_t *p, const as_text_t *text)
{
    apr_time_t left = apr_time_sec(text->good_until - as_clock_now());

    if (!text->good_until) {
        return "";
    }
    left = left < VALIDITY_MIN ? VALIDITY_MIN : left > VALIDITY_MAX ? VALIDITY_MAX : left;
    return apr_psprintf(p, "&ValidityPeriod=%d", (int)left);
}

/* Where the text's receipts go; "": nowhere. */
static const char *callback(apr_pool_t *p, const as_text_t *text)
{
    const char *url = text->receipts;

    if (!url) {
        return "";
    }
    if (text->id) {
        url = apr_pstrcat(p, url, strchr(url, '?') ? "&" : "?", AS_TWILIO_TEXT_ID "=",
                          as_form_encode(p, text->id), NULL);
    }
    return apr_pstrcat(p, "&StatusCallback=", as_form_encode(p, url), NULL);
}

static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_text_t *text,
                                 const char **ref)
{
    const sender_t *sender = self;
    apr_pool_t *p = call->pool;
    const char *form = apr_pstrcat(p, "To=", as_form_encode(p, text->to), "&", sender->origin,
                                   "&Body=", as_form_encode(p, text->body), validity(p, text),
                                   callback(p, text), NULL);
    as_sms_answer_t answer;
    const char *sid = NULL;
    as_sms_result_t result = as_twilio_post(&sender->twilio, call, sender->path, form, &answer);

    *ref = NULL;
    if (result != AS_SMS_OK) {
        return result;
    }
    if (is_accepted(&answer, &sid)) {
        *ref = apr_pstrdup(p, sid);
        return AS_SMS_OK;
    }
    return answer.status == 201 ? made_and_failed(call, &answer) : as_twilio_failed(call, &answer);
}

static apr_status_t receipt(void *self, apr_pool_t *p, const as_receipt_request_t *request,
                            apr_time_t now, as_receipt_t *said)
{
    const sender_t *sender = self;

    /* Its signature has no time. */
    (void)now;
    return as_receipt_twilio(p, sender->twilio.token, request, said);
}

const as_sender_type_t as_sender_twilio = {"twilio", params, make, send_text, receipt};
