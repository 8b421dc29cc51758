/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio Verify v2: Twilio makes the code, sends it and checks it. A start while a verification of
 * the number is open sends the old code again, with the remaining guesses, even if another account
 * started it. So an open verification is cancelled first: accounts share no code and no guesses.
 */
#include <apr_strings.h>

#include <string.h>

#include "sms/twilio_api.h"
#include "sms/verifier.h"
#include "text/form.h"

static const as_provider_param_t params[] = {
    {"account", AS_PROVIDER_PARAM_REQUIRED}, {"token", AS_PROVIDER_PARAM_REQUIRED},
    {"service", AS_PROVIDER_PARAM_REQUIRED}, {"channel", AS_PROVIDER_PARAM_OPTIONAL},
    {"url", AS_PROVIDER_PARAM_OPTIONAL},     {NULL, AS_PROVIDER_PARAM_OPTIONAL},
};

/* Verify can be set to 4 digits, but as_code_normalize requires 6. */
enum { CODE_MIN = 6, CODE_MAX = 10, NOT_FOUND = 20404 };

typedef struct twilio_verifier_t {
    as_twilio_api_t twilio;
    const char *path;    /* of the service */
    const char *channel; /* by which Twilio sends a code */
} twilio_verifier_t;

static int is_channel(const char *text)
{
    static const char *const channels[] = {"sms", "call", "whatsapp", "auto"};

    for (apr_size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        if (strcmp(text, channels[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    twilio_verifier_t *v = apr_pcalloc(p, sizeof(*v));
    const char *service = apr_table_get(values, "service");
    const char *channel = apr_table_get(values, "channel");
    apr_status_t rv = as_twilio_api_make(p, values, "https://verify.twilio.com", &v->twilio, error);

    if (rv == APR_SUCCESS && !as_twilio_api_is_sid(service, "VA")) {
        *error = "service= must be a Verify Service SID: VA and 32 hex digits";
        rv = APR_EINVAL;
    }
    v->channel = channel ? channel : "sms";
    if (rv == APR_SUCCESS && !is_channel(v->channel)) {
        *error = "channel= must be sms, call, whatsapp or auto";
        rv = APR_EINVAL;
    }
    v->path = apr_pstrcat(p, "/v2/Services/", service, NULL);
    *self = v;
    return rv;
}

static as_sms_result_t post(const twilio_verifier_t *v, as_sms_call_t *call, const char *path,
                            const char *form, as_http_api_response_t *response)
{
    return as_twilio_api_post(&v->twilio, call, apr_pstrcat(call->pool, v->path, path, NULL), form,
                              response);
}

static int is_gone(const as_http_api_response_t *response)
{
    return response->status == 404 && response->object &&
           as_http_api_member_code(response->object, "code") == NOT_FOUND;
}

/* OK: no verification of this number is open. This sends no text. */
static as_sms_result_t cancel_verification(const twilio_verifier_t *v, as_sms_call_t *call,
                                           const char *number)
{
    const char *path =
        apr_pstrcat(call->pool, "/Verifications/", as_form_encode(call->pool, number), NULL);
    as_http_api_response_t response;
    as_sms_result_t result = post(v, call, path, "Status=canceled", &response);

    if (result == AS_SMS_OK && !is_gone(&response) &&
        !(response.status == 200 && response.object &&
          as_http_api_member_equals(response.object, "status", "canceled"))) {
        result = as_twilio_api_result_of_failure(call, &response);
    }
    return result == AS_SMS_UNKNOWN ? AS_SMS_TEMPORARY : result;
}

static const char *find_sid(const as_http_api_response_t *response, const char *number)
{
    const char *sid = response->status == 201 && response->object &&
                              as_http_api_member_equals(response->object, "status", "pending") &&
                              as_http_api_member_equals(response->object, "to", number)
                          ? as_json_get_string(response->object, "sid")
                          : NULL;

    return sid && as_twilio_api_is_sid(sid, "VE") ? sid : NULL;
}

static as_sms_result_t start(void *self, as_sms_call_t *call, const as_sms_recipient_t *recipient,
                             const char **remote_id, const char **ref)
{
    const twilio_verifier_t *v = self;
    apr_pool_t *p = call->pool;
    as_http_api_response_t response;
    const char *sid = NULL;
    as_sms_result_t result = cancel_verification(v, call, recipient->e164);

    *remote_id = *ref = NULL;
    if (result == AS_SMS_OK) {
        result = post(v, call, "/Verifications",
                      apr_pstrcat(p, "To=", as_form_encode(p, recipient->e164),
                                  "&Channel=", v->channel, NULL),
                      &response);
        sid = result == AS_SMS_OK ? find_sid(&response, recipient->e164) : NULL;
        if (result == AS_SMS_OK && !sid) {
            result = as_twilio_api_result_of_failure(call, &response);
            /* Only the service can be missing here. */
            result = is_gone(&response) ? AS_SMS_CREDENTIALS : result;
        }
    }
    *ref = sid ? apr_pstrdup(p, sid) : NULL;
    /* The limit of guesses does not apply to a start. */
    return result == AS_SMS_TOO_MANY ? AS_SMS_RATE_LIMITED : result;
}

/* The result of a check, by a response with status 200. */
static as_sms_result_t result_of_verification(json_object *object, const char *number,
                                              const char *sid)
{
    static const struct {
        const char *status;
        as_sms_result_t result;
    } statuses[] = {
        {"pending", AS_SMS_WRONG_CODE}, {"max_attempts_reached", AS_SMS_TOO_MANY},
        {"canceled", AS_SMS_GONE},      {"expired", AS_SMS_GONE},
        {"deleted", AS_SMS_GONE},       {"failed", AS_SMS_GONE},
    };
    json_object *valid = json_object_object_get(object, "valid");
    const char *status = as_json_get_string(object, "status");

    if (!status || !json_object_is_type(valid, json_type_boolean)) {
        return AS_SMS_UNKNOWN;
    }
    if (json_object_get_boolean(valid)) {
        return strcmp(status, "approved") == 0 && as_http_api_member_equals(object, "to", number) &&
                       (!sid || as_http_api_member_equals(object, "sid", sid))
                   ? AS_SMS_OK
                   : AS_SMS_UNKNOWN;
    }
    for (apr_size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (strcmp(status, statuses[i].status) == 0) {
            return statuses[i].result;
        }
    }
    return AS_SMS_UNKNOWN;
}

static int is_code(const char *code)
{
    apr_size_t len = strlen(code);

    return len >= CODE_MIN && len <= CODE_MAX && strspn(code, "0123456789") == len;
}

static as_sms_result_t check(void *self, as_sms_call_t *call, const as_sms_recipient_t *recipient,
                             const char *ref, const char *code)
{
    const twilio_verifier_t *v = self;
    apr_pool_t *p = call->pool;
    const char *sid = ref && as_twilio_api_is_sid(ref, "VE") ? ref : NULL;
    as_http_api_response_t response;
    as_sms_result_t result;

    if (!is_code(code)) {
        return AS_SMS_WRONG_CODE;
    }
    result = post(v, call, "/VerificationCheck",
                  apr_pstrcat(p, sid ? "VerificationSid=" : "To=",
                              sid ? sid : as_form_encode(p, recipient->e164), "&Code=", code, NULL),
                  &response);
    if (result != AS_SMS_OK) {
        return result;
    }
    if ((response.status == 200 || response.status == 201) && response.object) {
        return result_of_verification(response.object, recipient->e164, sid);
    }
    /* Twilio deletes a verification that expired, was used or cancelled, or has no guesses left. */
    return is_gone(&response)
               ? AS_SMS_GONE
               : as_http_api_result_of_check(response.status,
                                             as_twilio_api_result_of_failure(call, &response));
}

static as_sms_result_t check_account(void *self, as_sms_call_t *call)
{
    const twilio_verifier_t *v = self;

    return as_twilio_api_check(&v->twilio, call, v->path);
}

const as_verifier_type_t as_verifier_twilio = {
    "twilio-verify", params, make, start, check, "VE00000000000000000000000000000000",
    check_account};
