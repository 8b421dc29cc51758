/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call_metrics.h"

#include <apr_strings.h>

#include "api/second_factor.h"
#include "base/metric.h"

void as_call_metrics_count_request(const as_call_t *call, int status)
{
    const char *text = apr_itoa(call->pool, status);

    AS_METRIC_INCREMENT(REQUESTS, call->route_number,
                        as_metric_find_value(AS_METRIC_LABEL_STATUS, text));
}

static int classify_registration(int status)
{
    switch (status) {
    case HTTP_CREATED:
    case HTTP_OK:
        return AS_METRIC_REGISTRATION_SUCCESS;
    case HTTP_FORBIDDEN:
        return AS_METRIC_REGISTRATION_REFUSED;
    case HTTP_CONFLICT:
        return AS_METRIC_REGISTRATION_TAKEN;
    case HTTP_TOO_MANY_REQUESTS:
        return AS_METRIC_REGISTRATION_LIMITED;
    case HTTP_BAD_GATEWAY:
        return AS_METRIC_REGISTRATION_SMS_FAILED;
    default:
        return status >= HTTP_INTERNAL_SERVER_ERROR ? AS_METRIC_REGISTRATION_UNAVAILABLE
                                                    : AS_METRIC_REGISTRATION_INVALID;
    }
}

static int classify_login(int status)
{
    switch (status) {
    case HTTP_OK:
        return AS_METRIC_LOGIN_SUCCESS;
    case HTTP_ACCEPTED:
        return AS_METRIC_LOGIN_CHALLENGE;
    case HTTP_UNAUTHORIZED:         /* bad_credentials */
    case HTTP_UNPROCESSABLE_ENTITY: /* invalid_code */
        return AS_METRIC_LOGIN_WRONG;
    case HTTP_FORBIDDEN:
        return AS_METRIC_LOGIN_REFUSED;
    case HTTP_TOO_MANY_REQUESTS:
        return AS_METRIC_LOGIN_LIMITED;
    default:
        return status >= HTTP_INTERNAL_SERVER_ERROR ? AS_METRIC_LOGIN_UNAVAILABLE
                                                    : AS_METRIC_LOGIN_INVALID;
    }
}

static int find_factor(int method)
{
    return method == AS_METHOD_PASSWORD ? AS_METRIC_FACTOR_PASSWORD : AS_METRIC_FACTOR_SMS;
}

/* The result of a code that was entered. */
static void count_code(as_purpose_t purpose, as_error_t error)
{
    int first = (int)purpose - (int)AS_PURPOSE_REGISTER;

    switch (error) {
    case AS_OK:
        AS_METRIC_INCREMENT(CODES, first, AS_METRIC_CODE_CORRECT);
        break;
    case AS_E_INVALID_CODE:
        AS_METRIC_INCREMENT(CODES, first, AS_METRIC_CODE_WRONG);
        break;
    case AS_E_CODE_EXPIRED:
        AS_METRIC_INCREMENT(CODES, first, AS_METRIC_CODE_EXPIRED);
        break;
    case AS_E_TOO_MANY_ATTEMPTS:
        AS_METRIC_INCREMENT(CODES, first, AS_METRIC_CODE_EXHAUSTED);
        break;
    default: /* no code was compared */
        break;
    }
}

void as_call_metrics_count(const as_call_t *call, int status, as_error_t error)
{
    as_call_metrics_count_request(call, status);
    if (call->event.kind == AS_EVENT_REGISTER) {
        AS_METRIC_INCREMENT(REGISTRATIONS, classify_registration(status), AS_METRIC_ONLY);
    }
    if (call->login_method) {
        AS_METRIC_INCREMENT(LOGINS, classify_login(status), find_factor(call->login_method));
    }
    if (call->code_purpose) {
        count_code(call->code_purpose, error);
    }
}
