/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/sms.h"

const char *as_sms_result_name(as_sms_result_t result)
{
    static const char *const names[] = {
        [AS_SMS_OK] = "ok",
        [AS_SMS_WRONG_CODE] = "wrong code",
        [AS_SMS_GONE] = "gone",
        [AS_SMS_TOO_MANY] = "too many checks",
        [AS_SMS_REJECTED] = "number rejected",
        [AS_SMS_FRAUD] = "blocked as fraud",
        [AS_SMS_RATE_LIMITED] = "rate limited",
        [AS_SMS_CREDENTIALS] = "credentials or configuration refused",
        [AS_SMS_TEMPORARY] = "temporary fault, nothing sent",
        [AS_SMS_UNKNOWN] = "unknown, perhaps sent",
        [AS_SMS_BUSY] = "too many calls at once",
        [AS_SMS_UNREACHABLE] = "number not served",
    };

    return names[result];
}

int as_sms_is_retryable(as_sms_result_t result)
{
    return result == AS_SMS_RATE_LIMITED || result == AS_SMS_TEMPORARY || result == AS_SMS_BUSY;
}

int as_sms_is_code_unchecked(as_sms_result_t result)
{
    return as_sms_is_retryable(result) || result == AS_SMS_CREDENTIALS;
}
