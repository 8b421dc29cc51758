/* SPDX-License-Identifier: Apache-2.0 */
/* What a response to the sender `http` means: `ok=`, `success=`, `ref=`, `rejected=`, `retry=`. */
#ifndef AS_SMS_RESPONSE_RULES_H
#define AS_SMS_RESPONSE_RULES_H

#include <apr_tables.h>

#include "sms/http_api.h"
#include "text/json_path.h"

/* /POINTER=V1,V2: the value at the pointer is one of these. */
typedef struct as_response_match_t {
    as_json_path_t pointer;
    const apr_array_header_t *values; /* const char * */
} as_response_match_t;

typedef struct as_response_rules_t {
    const apr_array_header_t *ok;        /* int, statuses; NULL: 200 to 299 */
    const apr_array_header_t *retry;     /* int, statuses */
    const as_response_match_t *success;  /* NULL: the status decides */
    const as_response_match_t *rejected; /* NULL: no response is final */
    const as_json_path_t *ref;           /* NULL: the response has no reference */
} as_response_rules_t;

/* Parse the values of these keys (const char * by name). APR_EINVAL and *error: an invalid value,
 * or a status in both `ok=` and `retry=`. */
apr_status_t as_response_rules_parse(apr_pool_t *p, const apr_table_t *values,
                                     as_response_rules_t *rules, const char **error);

/*
 * The result of a response. *ref: the provider's reference, with OK; NULL: none.
 * - REJECTED: `rejected=` matches, with any status.
 * - A status of `retry=`: RATE_LIMITED (429) or TEMPORARY. Other failures as
 *   as_http_api_result_of_refusal; 500 and 503 are UNKNOWN and 429 is UNREACHABLE if `retry=` does
 *   not list them.
 * - A status of `ok=` where `success=` finds another value: UNREACHABLE; no value: UNKNOWN.
 */
as_sms_result_t as_response_rules_apply(const as_response_rules_t *rules, as_sms_call_t *call,
                                        const as_http_api_response_t *response, const char **ref);

#endif
