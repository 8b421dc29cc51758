/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/http_api.h"

#include <apr_strings.h>

#include <limits.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

apr_status_t as_http_api_parse_base_url(apr_pool_t *p, const apr_table_t *values,
                                        const char *fallback, const char **base, const char **error)
{
    const char *url = apr_table_get(values, "url");
    char *copy = apr_pstrdup(p, url ? url : fallback);
    apr_size_t len = strlen(copy);

    if (!as_http_client_allows_url(copy) || strpbrk(copy, "?#")) {
        *error =
            "url= must be https://..., or http:// to 127.0.0.1, [::1] or localhost, without user, "
            "query and fragment";
        return APR_EINVAL;
    }
    while (len && copy[len - 1] == '/') {
        copy[--len] = '\0';
    }
    *base = copy;
    return APR_SUCCESS;
}

static int is_from(const char *from)
{
    apr_size_t len = strlen(from);
    int plus = *from == '+';

    if (strspn(from + plus, DIGITS) == len - (apr_size_t)plus) {
        return plus ? len >= 8 && len <= 16 : len >= 3 && len <= 8;
    }
    return len <= 11 && strspn(from, DIGITS LETTERS " &+-_") == len && strpbrk(from, LETTERS);
}

apr_status_t as_http_api_check_from(const char *from, const char **error)
{
    if (!is_from(from)) {
        *error =
            "from= must be a number such as +15005550006, a short code, or a name of at most 11 "
            "letters and digits";
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static as_sms_result_t result_without_response(as_sms_call_t *call, apr_status_t rv,
                                               const as_http_client_response_t *http)
{
    if (rv == APR_EAGAIN) {
        call->detail = "limit of parallel calls, see AuthSMSTimeout";
        return AS_SMS_BUSY;
    }
    if (rv != APR_SUCCESS) {
        call->detail = "the request could not be created";
        return AS_SMS_TEMPORARY;
    }
    call->detail = http->error;
    return http->outcome == AS_HTTP_CLIENT_NOT_SENT ? AS_SMS_TEMPORARY : AS_SMS_UNKNOWN;
}

as_sms_result_t as_http_api_call(as_sms_call_t *call, as_http_client_request_t *request,
                                 as_http_api_response_t *response)
{
    as_http_client_response_t http;
    apr_status_t rv;

    *response = (as_http_api_response_t){.body = {"", 0}};
    request->deadline = call->deadline;
    request->connect_by = call->connect_by;
    call->retry_after = 0;
    call->date = 0;
    rv = as_http_client_send(call->http, call->pool, request, &http);
    if (rv != APR_SUCCESS || http.outcome != AS_HTTP_CLIENT_ANSWERED) {
        return result_without_response(call, rv, &http);
    }
    response->status = http.status;
    call->retry_after = http.retry_after;
    call->date = http.date;
    if (!http.truncated) {
        response->body = http.body;
        as_json_parse_object(call->pool, http.body.data, http.body.len, &response->object);
    }
    call->detail = apr_psprintf(call->pool, "HTTP %d%s", http.status,
                                http.truncated     ? ", too long or truncated"
                                : response->object ? ""
                                                   : ", no JSON object");
    if (http.retry_after) {
        call->detail = apr_psprintf(call->pool, "%s, retry after %d s", call->detail,
                                    (int)apr_time_sec(http.retry_after));
    }
    return AS_SMS_OK;
}

as_sms_result_t as_http_api_result_of_status(int status)
{
    switch (status) {
    case 401:
    case 403:
    case 404:
    case 405:
        return AS_SMS_CREDENTIALS;
    case 429:
        return AS_SMS_RATE_LIMITED;
    case 500:
    case 503:
        return AS_SMS_TEMPORARY;
    default:
        /* After a gateway error (502, 504) or a redirect the request may have taken effect. */
        return status >= 400 && status < 500 ? AS_SMS_UNREACHABLE : AS_SMS_UNKNOWN;
    }
}

as_sms_result_t as_http_api_result_of_refusal(int status, int has_reason)
{
    as_sms_result_t result = as_http_api_result_of_status(status);

    return has_reason && status != 401 && result == AS_SMS_CREDENTIALS ? AS_SMS_UNREACHABLE
                                                                       : result;
}

as_sms_result_t as_http_api_result_of_check(int status, as_sms_result_t result)
{
    return status >= 500 && result == AS_SMS_UNKNOWN ? AS_SMS_TEMPORARY : result;
}

as_sms_result_t as_http_api_result_of_account(int status)
{
    if (status == 200) {
        return AS_SMS_OK;
    }
    if (status == 429) {
        return AS_SMS_RATE_LIMITED;
    }
    return status >= 400 && status < 500 ? AS_SMS_CREDENTIALS : AS_SMS_TEMPORARY;
}

apr_status_t as_http_api_result_of_code(const as_http_api_error_t *errors, int code,
                                        as_sms_result_t *result)
{
    while (errors->code && errors->code != code) {
        errors++;
    }
    *result = errors->code ? errors->result : AS_SMS_UNKNOWN;
    return errors->code ? APR_SUCCESS : APR_ENOENT;
}

int as_http_api_member_equals(json_object *object, const char *name, const char *value)
{
    const char *text = as_json_get_string(object, name);

    return text && strcmp(text, value) == 0;
}

int as_http_api_member_code(json_object *object, const char *name)
{
    json_object *value = json_object_object_get(object, name);
    const char *text = as_json_get_string(object, name);
    apr_int64_t code = 0;
    char *end;

    if (json_object_is_type(value, json_type_int)) {
        code = json_object_get_int64(value);
    } else if (text && strspn(text, DIGITS) == strlen(text)) {
        code = apr_strtoi64(text, &end, 10);
    }
    return code > 0 && code <= INT_MAX ? (int)code : 0;
}
