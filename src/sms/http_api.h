/* SPDX-License-Identifier: Apache-2.0 */
/* What the providers that speak HTTP and JSON share: the call, its answer, and their `url=`. */
#ifndef AS_SMS_HTTP_API_H
#define AS_SMS_HTTP_API_H

#include "text/json.h"
#include "sms/provider.h"

/* One error code of a provider and what it means. */
typedef struct as_sms_code_t {
    int code;
    as_sms_result_t result;
} as_sms_code_t;

typedef struct as_sms_answer_t {
    int status;
    json_object *object; /* NULL: the body is cut off, or no strict JSON object */
} as_sms_answer_t;

/* The value of `url=` (or `fallback`) without slashes at its end. APR_EINVAL: not https, nor http
 * to a loopback address, or with a query or fragment. */
apr_status_t as_sms_base_url(apr_pool_t *p, const apr_table_t *values, const char *fallback,
                             const char **base, const char **error);

/* Can texts come from this (`from=`)? E.164, a short code, or a name of at most 11 characters, at
 * least one of them a letter. APR_EINVAL: no. */
apr_status_t as_sms_origin(const char *from, const char **error);

/*
 * Call, by call->deadline. AS_SMS_OK: an HTTP status came, whatever it is, and is in *answer; else
 * TEMPORARY (nothing was sent), UNKNOWN or BUSY.
 */
as_sms_result_t as_sms_exchange(as_sms_call_t *call, as_http_client_request_t *request,
                                as_sms_answer_t *answer);

/* An answer that its status alone must explain: 429, 401 and the like, 4xx, 500 and 503; else
 * UNKNOWN. */
as_sms_result_t as_sms_by_status(int status);

/* The same; with `explained` the answer has a code that is in no table. Such a refusal (4xx but 401
 * and 429) may depend on the number: UNREACHABLE, no fault of the provider's. */
as_sms_result_t as_sms_by_refusal(int status, int explained);

/* The same for an answer to a check, for which `result` was found: a server error is TEMPORARY,
 * whoever gave it. It says nothing about the code, and a check may be made again. */
as_sms_result_t as_sms_by_check(int status, as_sms_result_t result);

/* Is this member there, and this text? */
int as_sms_says(json_object *object, const char *name, const char *wanted);

/* A code that is an integer or a string of digits; 0: there is none. */
int as_sms_code(json_object *object, const char *name);

/* What the table (ends with code 0) says of the code; AS_SMS_UNKNOWN and APR_ENOENT: it is not
 * there. */
apr_status_t as_sms_by_code(const as_sms_code_t *table, int code, as_sms_result_t *result);

#endif
