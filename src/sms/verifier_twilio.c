/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio Verify v2: Twilio makes the code, texts it and checks it. A start while a verification of
 * the number is open would send its old code again, whoever's it is, with the guesses it has left:
 * so what is open is cancelled first, and no account shares a code or a guess with another.
 */
#include <apr_strings.h>

#include <string.h>

#include "text/form.h"
#include "sms/twilio_api.h"
#include "sms/types.h"

static const as_sms_param_t params[] = {
    {"account", AS_SMS_REQUIRED}, {"token", AS_SMS_REQUIRED}, {"service", AS_SMS_REQUIRED},
    {"url", AS_SMS_OPTIONAL},     {NULL, AS_SMS_OPTIONAL},
};

/* Verify's codes can have 4 digits; as_code_normalize lets none of fewer than 6 through. */
enum { CODE_MIN = 6, CODE_MAX = 10, NOT_FOUND = 20404 };

typedef struct verifier_t {
    as_twilio_t twilio;
    const char *path; /* of the service */
} verifier_t;

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    verifier_t *v = apr_pcalloc(p, sizeof(*v));
    const char *service = apr_table_get(values, "service");
    apr_status_t rv = as_twilio_make(p, values, "https://verify.twilio.com", &v->twilio, error);

    if (rv == APR_SUCCESS && !as_twilio_is_sid(service, "VA")) {
        *error = "service= must be a Verify Service SID: VA and 32 hex digits";
        rv = APR_EINVAL;
    }
    v->path = apr_pstrcat(p, "/v2/Services/", service, NULL);
    *self = v;
    return rv;
}

static as_sms_result_t post(const verifier_t *v, as_sms_call_t *call, const char *path,
                            const char *form, as_sms_answer_t *answer)
{
    return as_twilio_post(&v->twilio, call, apr_pstrcat(call->pool, v->path, path, NULL), form,
                          answer);
}

static int is_gone(const as_sms_answer_t *answer)
{
    return answer->status == 404 && answer->object &&
           as_sms_code(answer->object, "code") == NOT_FOUND;
}

/* OK: no verification of this number is open any more. Nothing is sent by this. */
static as_sms_result_t cancel(const verifier_t *v, as_sms_call_t *call, const char *number)
{
    const char *path =
        apr_pstrcat(call->pool, "/Verifications/", as_form_encode(call->pool, number), NULL);
    as_sms_answer_t answer;
    as_sms_result_t result = post(v, call, path, "Status=canceled", &answer);

    if (result == AS_SMS_OK && !is_gone(&answer) &&
        !(answer.status == 200 && answer.object &&
          as_sms_says(answer.object, "status", "canceled"))) {
        result = as_twilio_failed(call, &answer);
    }
    return result == AS_SMS_UNKNOWN ? AS_SMS_TEMPORARY : result;
}

static const char *sid_of(const as_sms_answer_t *answer, const char *number)
{
    const char *sid = answer->status == 201 && answer->object &&
                              as_sms_says(answer->object, "status", "pending") &&
                              as_sms_says(answer->object, "to", number)
                          ? as_json_get_string(answer->object, "sid")
                          : NULL;

    return sid && as_twilio_is_sid(sid, "VE") ? sid : NULL;
}

static as_sms_result_t start(void *self, as_sms_call_t *call, const as_sms_person_t *person,
                             const char **remote_id, const char **ref)
{
    const verifier_t *v = self;
    apr_pool_t *p = call->pool;
    as_sms_answer_t answer;
    const char *sid = NULL;
    as_sms_result_t result = cancel(v, call, person->e164);

    *remote_id = *ref = NULL;
    if (result == AS_SMS_OK) {
        result = post(v, call, "/Verifications",
                      apr_pstrcat(p, "To=", as_form_encode(p, person->e164), "&Channel=sms", NULL),
                      &answer);
        sid = result == AS_SMS_OK ? sid_of(&answer, person->e164) : NULL;
        if (result == AS_SMS_OK && !sid) {
            result = as_twilio_failed(call, &answer);
            /* Here the service alone can be what is not found. */
            result = is_gone(&answer) ? AS_SMS_CREDENTIALS : result;
        }
    }
    *ref = sid ? apr_pstrdup(p, sid) : NULL;
    /* The guesses at an open verification are no word about a start. */
    return result == AS_SMS_TOO_MANY ? AS_SMS_RATE_LIMITED : result;
}

/* What an answer of 200 says of the code. */
static as_sms_result_t checked(json_object *object, const char *number, const char *sid)
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
        return strcmp(status, "approved") == 0 && as_sms_says(object, "to", number) &&
                       (!sid || as_sms_says(object, "sid", sid))
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

static as_sms_result_t check(void *self, as_sms_call_t *call, const as_sms_person_t *person,
                             const char *ref, const char *code)
{
    const verifier_t *v = self;
    apr_pool_t *p = call->pool;
    const char *sid = ref && as_twilio_is_sid(ref, "VE") ? ref : NULL;
    as_sms_answer_t answer;
    as_sms_result_t result;

    if (!is_code(code)) {
        return AS_SMS_WRONG_CODE;
    }
    result = post(v, call, "/VerificationCheck",
                  apr_pstrcat(p, sid ? "VerificationSid=" : "To=",
                              sid ? sid : as_form_encode(p, person->e164), "&Code=", code, NULL),
                  &answer);
    if (result != AS_SMS_OK) {
        return result;
    }
    if ((answer.status == 200 || answer.status == 201) && answer.object) {
        return checked(answer.object, person->e164, sid);
    }
    /* Expired, used, cancelled, or out of guesses: Twilio forgets them all. */
    return is_gone(&answer) ? AS_SMS_GONE
                            : as_sms_by_check(answer.status, as_twilio_failed(call, &answer));
}

const as_verifier_type_t as_verifier_twilio = {"twilio-verify", params, make, start, check};
