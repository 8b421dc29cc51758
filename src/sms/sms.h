/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of this room: results, texts, recipients, and the context of a call to a provider.
 */
#ifndef AS_SMS_SMS_H
#define AS_SMS_SMS_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/http_client.h"
#include "base/log.h"

/* The result of sending a text, or of checking a code, for all providers. */
typedef enum as_sms_result_t {
    AS_SMS_OK,           /* the provider accepted the text; the code is right */
    AS_SMS_WRONG_CODE,   /* check: the code is wrong */
    AS_SMS_GONE,         /* check: the provider has no such verification (expired, used) */
    AS_SMS_TOO_MANY,     /* check: the provider accepts no more guesses for this verification */
    AS_SMS_REJECTED,     /* final: this number cannot receive texts from any provider */
    AS_SMS_FRAUD,        /* final: blocked as abuse; no retry, no failover */
    AS_SMS_RATE_LIMITED, /* not sent; retry or fail over */
    AS_SMS_CREDENTIALS,  /* not sent: wrong credentials or configuration; fail over */
    AS_SMS_TEMPORARY,    /* not sent; retry or fail over */
    AS_SMS_UNKNOWN,      /* perhaps sent: no failover */
    AS_SMS_BUSY,         /* not sent: this process makes too many calls at once */
    AS_SMS_UNREACHABLE,  /* not sent: this provider does not serve this number (region, sender, an
                          * unknown reason); fail over. Not counted by the circuit breaker */
} as_sms_result_t;

/* Not sent, for a temporary reason: RATE_LIMITED, TEMPORARY, BUSY. */
int as_sms_is_retryable(as_sms_result_t result);

/* Did the provider certainly not compare the code? Then the check does not count as a guess. */
int as_sms_is_code_unchecked(as_sms_result_t result);

/* The name of a result in logs. */
const char *as_sms_result_name(as_sms_result_t result);

/* The context of one call to a provider. */
typedef struct as_sms_call_t {
    as_http_client_t *http; /* the child's; NULL: the provider makes no HTTP requests */
    apr_pool_t *pool;
    apr_time_t deadline; /* of the whole call (monotonic clock) */
    /* Deadline for connecting (monotonic clock); 0: none. Leaves time for failover. */
    apr_time_t connect_by;
    const as_log_t *log;
    /* Out: the provider's error code, HTTP status or curl's error, for the log. Never the text, a
     * code or a number. NULL: none. */
    const char *detail;
    apr_interval_time_t retry_after; /* out: the response's Retry-After; 0: none */
    apr_time_t date;                 /* out: the response's Date (wall clock); 0: none */
} as_sms_call_t;

typedef struct as_sms_text_t {
    const char *to;          /* E.164 */
    const char *body;        /* UTF-8 */
    const char *id;          /* the module's id, the same for each attempt; NULL: none */
    const char *receipt_url; /* for delivery receipts; NULL: none are requested */
    apr_time_t expires_at;   /* not sent afterwards (wall clock); 0: never */
} as_sms_text_t;

/* The provider that accepted a text, and the provider's message id. */
typedef struct as_sms_submission_t {
    const char *sender; /* name of its as_sender_type_t */
    const char *ref;    /* NULL: the provider returned none */
} as_sms_submission_t;

/* The recipient of a verifier's code. */
typedef struct as_sms_recipient_t {
    const char *account; /* the module's id (UUID) */
    const char *e164;
    const char *country;  /* calling code "+44" */
    const char *national; /* E.164 without the calling code */
    /* The provider's id of the recipient, from an earlier start; NULL: none. */
    const char *remote_id;
} as_sms_recipient_t;

#endif
