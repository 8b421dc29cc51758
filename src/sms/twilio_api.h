/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by Twilio's APIs: account, request, errors. */
#ifndef AS_SMS_TWILIO_API_H
#define AS_SMS_TWILIO_API_H

#include "sms/http_api.h"

typedef struct as_twilio_api_t {
    const char *account; /* AC and 32 hex digits */
    const char *token;
    const char *base; /* URL without a slash at its end */
} as_twilio_api_t;

/* Twilio has no client reference. The module's id of a text is this query parameter of the
 * StatusCallback, which the signature covers. */
#define AS_TWILIO_API_TEXT_ID "text"

/* Error codes of Messaging, Verify and delivery receipts; ends with code 0. */
extern const as_http_api_error_t as_twilio_api_errors[];

/* Is this a SID: the prefix and 32 hex digits? */
int as_twilio_api_is_sid(const char *text, const char *prefix);

/* Make it from the values of account=, token= and url= (`base` by default). APR_EINVAL and *error:
 * an invalid value. */
apr_status_t as_twilio_api_make(apr_pool_t *p, const apr_table_t *values, const char *base,
                                as_twilio_api_t *twilio, const char **error);

/* POST a form to the path; see as_http_api_call. */
as_sms_result_t as_twilio_api_post(const as_twilio_api_t *twilio, as_sms_call_t *call,
                                   const char *path, const char *form,
                                   as_http_api_response_t *response);

/* GET the path, whose object has a member `status` (suspended accounts) or none. The result as of
 * as_sender_type_t.check_account. */
as_sms_result_t as_twilio_api_check(const as_twilio_api_t *twilio, as_sms_call_t *call,
                                    const char *path);

/* The result of a failure response: by its code, else by its status. */
as_sms_result_t as_twilio_api_result_of_failure(as_sms_call_t *call,
                                                const as_http_api_response_t *response);

#endif
