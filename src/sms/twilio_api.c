/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/twilio_api.h"

#include <apr_strings.h>

#include <string.h>

int as_twilio_api_is_sid(const char *text, const char *prefix)
{
    enum { HEX_DIGITS = 32 };
    apr_size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 && strlen(text + len) == HEX_DIGITS &&
           strspn(text + len, "0123456789abcdefABCDEF") == HEX_DIGITS;
}

apr_status_t as_twilio_api_make(apr_pool_t *p, const apr_table_t *values, const char *base,
                                as_twilio_api_t *twilio, const char **error)
{
    twilio->account = apr_table_get(values, "account");
    twilio->token = apr_table_get(values, "token");
    if (!as_twilio_api_is_sid(twilio->account, "AC")) {
        *error = "account= must be an Account SID: AC and 32 hex digits";
        return APR_EINVAL;
    }
    return as_http_api_parse_base_url(p, values, base, &twilio->base, error);
}

as_sms_result_t as_twilio_api_post(const as_twilio_api_t *twilio, as_sms_call_t *call,
                                   const char *path, const char *form,
                                   as_http_api_response_t *response)
{
    as_http_client_request_t request = {
        .method = "POST",
        .url = apr_pstrcat(call->pool, twilio->base, path, NULL),
        .user = twilio->account,
        .password = twilio->token,
        .content_type = "application/x-www-form-urlencoded",
        .body = {form, strlen(form)},
    };

    return as_http_api_call(call, &request, response);
}

as_sms_result_t as_twilio_api_result_of_failure(as_sms_call_t *call,
                                                const as_http_api_response_t *response)
{
    int code = response->object ? as_http_api_member_code(response->object, "code") : 0;
    as_sms_result_t result;

    if (code) {
        call->detail = apr_psprintf(call->pool, "code %d, %s", code, call->detail);
    }
    return code && as_http_api_result_of_code(as_twilio_api_errors, code, &result) == APR_SUCCESS
               ? result
               : as_http_api_result_of_refusal(response->status, code != 0);
}

as_sms_result_t as_twilio_api_check(const as_twilio_api_t *twilio, as_sms_call_t *call,
                                    const char *path)
{
    as_http_client_request_t request = {
        .method = "GET",
        .url = apr_pstrcat(call->pool, twilio->base, path, NULL),
        .user = twilio->account,
        .password = twilio->token,
    };
    as_http_api_response_t response;
    as_sms_result_t result = as_http_api_call(call, &request, &response);
    const char *status;

    if (result != AS_SMS_OK) {
        return result;
    }
    if (response.status != 200 || !response.object) {
        /* Adds the code to the detail. */
        as_twilio_api_result_of_failure(call, &response);
        return response.status == 200 ? AS_SMS_TEMPORARY
                                      : as_http_api_result_of_account(response.status);
    }
    status = as_json_get_string(response.object, "status");
    if (status && strcmp(status, "active") != 0) {
        call->detail = apr_psprintf(call->pool, "the account is %.20s", status);
        return AS_SMS_CREDENTIALS;
    }
    return AS_SMS_OK;
}
