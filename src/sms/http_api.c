/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/http_api.h"

#include <apr_strings.h>

#include <limits.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

apr_status_t as_sms_base_url(apr_pool_t *p, const apr_table_t *values, const char *fallback,
                             const char **base, const char **error)
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

static int is_origin(const char *from)
{
    apr_size_t len = strlen(from);
    int plus = *from == '+';

    if (strspn(from + plus, DIGITS) == len - (apr_size_t)plus) {
        return plus ? len >= 8 && len <= 16 : len >= 3 && len <= 8;
    }
    return len <= 11 && strspn(from, DIGITS LETTERS " &+-_") == len && strpbrk(from, LETTERS);
}

apr_status_t as_sms_origin(const char *from, const char **error)
{
    if (!is_origin(from)) {
        *error =
            "from= must be a number such as +15005550006, a short code, or a name of at most 11 "
            "letters and digits";
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static as_sms_result_t not_answered(as_sms_call_t *call, apr_status_t rv,
                                    const as_http_client_response_t *answer)
{
    if (rv == APR_EAGAIN) {
        call->why = "our bound of parallel calls";
        return AS_SMS_BUSY;
    }
    if (rv != APR_SUCCESS) {
        call->why = "the request could not be made";
        return AS_SMS_TEMPORARY;
    }
    call->why = answer->error;
    return answer->outcome == AS_HTTP_CLIENT_NOT_SENT ? AS_SMS_TEMPORARY : AS_SMS_UNKNOWN;
}

as_sms_result_t as_sms_exchange(as_sms_call_t *call, as_http_client_request_t *request,
                                as_sms_answer_t *answer)
{
    as_http_client_response_t http;
    apr_status_t rv;

    *answer = (as_sms_answer_t){0, NULL};
    request->deadline = call->deadline;
    request->connect_by = call->connect_by;
    call->retry_after = 0;
    rv = as_http_client_send(call->http, call->pool, request, &http);
    if (rv != APR_SUCCESS || http.outcome != AS_HTTP_CLIENT_ANSWERED) {
        return not_answered(call, rv, &http);
    }
    answer->status = http.status;
    call->retry_after = http.retry_after;
    if (!http.truncated) {
        as_json_parse_object(call->pool, http.body.data, http.body.len, &answer->object);
    }
    call->why = apr_psprintf(call->pool, "HTTP %d%s", http.status,
                             http.truncated   ? ", too long or cut off"
                             : answer->object ? ""
                                              : ", no JSON object");
    if (http.retry_after) {
        call->why = apr_psprintf(call->pool, "%s, retry after %d s", call->why,
                                 (int)apr_time_sec(http.retry_after));
    }
    return AS_SMS_OK;
}

as_sms_result_t as_sms_by_status(int status)
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
        /* A gateway (502, 504) has lost sight of a request that it passed on; a redirect can follow
         * a deed. */
        return status >= 400 && status < 500 ? AS_SMS_UNREACHABLE : AS_SMS_UNKNOWN;
    }
}

as_sms_result_t as_sms_by_refusal(int status, int explained)
{
    as_sms_result_t result = as_sms_by_status(status);

    return explained && status != 401 && result == AS_SMS_CREDENTIALS ? AS_SMS_UNREACHABLE : result;
}

as_sms_result_t as_sms_by_check(int status, as_sms_result_t result)
{
    return status >= 500 && result == AS_SMS_UNKNOWN ? AS_SMS_TEMPORARY : result;
}

int as_sms_says(json_object *object, const char *name, const char *wanted)
{
    const char *text = as_json_get_string(object, name);

    return text && strcmp(text, wanted) == 0;
}

int as_sms_code(json_object *object, const char *name)
{
    json_object *value = json_object_object_get(object, name);
    const char *text = as_json_get_string(object, name);
    apr_int64_t code = 0;
    char *end;

    if (json_object_is_type(value, json_type_int)) {
        code = json_object_get_int64(value);
    } else if (text && strspn(text, "0123456789") == strlen(text)) {
        code = apr_strtoi64(text, &end, 10);
    }
    return code > 0 && code <= INT_MAX ? (int)code : 0;
}

apr_status_t as_sms_by_code(const as_sms_code_t *table, int code, as_sms_result_t *result)
{
    while (table->code && table->code != code) {
        table++;
    }
    *result = table->code ? table->result : AS_SMS_UNKNOWN;
    return table->code ? APR_SUCCESS : APR_ENOENT;
}
