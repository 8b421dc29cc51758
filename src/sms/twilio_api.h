/* SPDX-License-Identifier: Apache-2.0 */
/* What Twilio's APIs share: the account, the request, the errors. */
#ifndef AS_SMS_TWILIO_API_H
#define AS_SMS_TWILIO_API_H

#include "sms/http_api.h"

typedef struct as_twilio_t {
    const char *account; /* AC and 32 hex digits */
    const char *token;
    const char *base; /* URL without a slash at its end */
} as_twilio_t;

/* Twilio has no client reference: a parameter of the StatusCallback, which its signature covers. */
#define AS_TWILIO_TEXT_ID "text"

/* Messaging's and Verify's codes, those of delivery receipts too; ends with code 0. */
extern const as_sms_code_t as_twilio_codes[];

/* Is this the prefix and 32 hex digits? */
int as_twilio_is_sid(const char *text, const char *prefix);

/* From the values of account=, token= and url=. */
apr_status_t as_twilio_make(apr_pool_t *p, const apr_table_t *values, const char *base,
                            as_twilio_t *twilio, const char **error);

/* POST a form to the path. AS_SMS_OK: an answer came. */
as_sms_result_t as_twilio_post(const as_twilio_t *twilio, as_sms_call_t *call, const char *path,
                               const char *form, as_sms_answer_t *answer);

/* What an answer that is no success means: by its code, which is authoritative, else by its status.
 */
as_sms_result_t as_twilio_failed(as_sms_call_t *call, const as_sms_answer_t *answer);

#endif
