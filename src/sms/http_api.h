/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by providers with an HTTP API: `url=` and `from=`, the request, the JSON response, and the
 * result that a status or error code means. */
#ifndef AS_SMS_HTTP_API_H
#define AS_SMS_HTTP_API_H

#include "sms/sms.h"
#include "text/json.h"

/* An error code of a provider, and the result it means. A table ends with code 0. */
typedef struct as_http_api_error_t {
    int code;
    as_sms_result_t result;
} as_http_api_error_t;

typedef struct as_http_api_response_t {
    int status;
    as_span_t body;      /* empty: also if it is truncated */
    json_object *object; /* NULL: the body is truncated, or is no strict JSON object */
} as_http_api_response_t;

/* The value of `url=`, or `fallback`, without slashes at its end. APR_EINVAL: neither https nor
 * http to a loopback address; or a user, query or fragment. */
apr_status_t as_http_api_parse_base_url(apr_pool_t *p, const apr_table_t *values,
                                        const char *fallback, const char **base,
                                        const char **error);

/* Check `from=`: E.164, a short code, or a name of at most 11 characters with a letter. APR_EINVAL:
 * none of these. */
apr_status_t as_http_api_check_from(const char *from, const char **error);

/*
 * Send a request, by call->deadline. AS_SMS_OK: *response is set, with any status. TEMPORARY (not
 * sent), UNKNOWN (no response), BUSY (too many calls): call->detail says why.
 */
as_sms_result_t as_http_api_call(as_sms_call_t *call, as_http_client_request_t *request,
                                 as_http_api_response_t *response);

/* The result of a status without an error code: 401, 403, 404 and 405 CREDENTIALS, 429
 * RATE_LIMITED, other 4xx UNREACHABLE, 500 and 503 TEMPORARY; else UNKNOWN. */
as_sms_result_t as_http_api_result_of_status(int status);

/* The same for a refusal. has_reason: with an error code that no table has. Such a refusal may
 * depend on the number: UNREACHABLE in place of CREDENTIALS, except for 401. */
as_sms_result_t as_http_api_result_of_refusal(int status, int has_reason);

/* The result of a check, given that of its response: UNKNOWN with a 5xx becomes TEMPORARY, because
 * a check can be repeated. */
as_sms_result_t as_http_api_result_of_check(int status, as_sms_result_t result);

/* The result of a request for the account itself, which no number is part of, by its status: 200
 * OK, 429 RATE_LIMITED, other 4xx CREDENTIALS, else TEMPORARY. */
as_sms_result_t as_http_api_result_of_account(int status);

/* The result of an error code by a table. AS_SMS_UNKNOWN and APR_ENOENT: not in the table. */
apr_status_t as_http_api_result_of_code(const as_http_api_error_t *errors, int code,
                                        as_sms_result_t *result);

/* Does this member exist as a string with this value? */
int as_http_api_member_equals(json_object *object, const char *name, const char *value);

/* A member with an error code, as integer or string of digits; 0: none. */
int as_http_api_member_code(json_object *object, const char *name);

#endif
