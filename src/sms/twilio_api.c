/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/twilio_api.h"

#include <apr_strings.h>

#include <string.h>

int as_twilio_is_sid(const char *text, const char *prefix)
{
    enum { HEX_DIGITS = 32 };
    apr_size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 && strlen(text + len) == HEX_DIGITS &&
           strspn(text + len, "0123456789abcdefABCDEF") == HEX_DIGITS;
}

apr_status_t as_twilio_make(apr_pool_t *p, const apr_table_t *values, const char *base,
                            as_twilio_t *twilio, const char **error)
{
    twilio->account = apr_table_get(values, "account");
    twilio->token = apr_table_get(values, "token");
    if (!as_twilio_is_sid(twilio->account, "AC")) {
        *error = "account= must be an Account SID: AC and 32 hex digits";
        return APR_EINVAL;
    }
    return as_sms_base_url(p, values, base, &twilio->base, error);
}

as_sms_result_t as_twilio_post(const as_twilio_t *twilio, as_sms_call_t *call, const char *path,
                               const char *form, as_sms_answer_t *answer)
{
    as_http_client_request_t request = {
        .method = "POST",
        .url = apr_pstrcat(call->pool, twilio->base, path, NULL),
        .user = twilio->account,
        .password = twilio->token,
        .content_type = "application/x-www-form-urlencoded",
        .body = {form, strlen(form)},
    };

    return as_sms_exchange(call, &request, answer);
}

as_sms_result_t as_twilio_failed(as_sms_call_t *call, const as_sms_answer_t *answer)
{
    int code = answer->object ? as_sms_code(answer->object, "code") : 0;
    as_sms_result_t result;

    if (code) {
        call->why = apr_psprintf(call->pool, "code %d, %s", code, call->why);
    }
    return code && as_sms_by_code(as_twilio_codes, code, &result) == APR_SUCCESS
               ? result
               : as_sms_by_refusal(answer->status, code != 0);
}
