/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery receipts: signature and content. A receipt counts only if it is signed with the secret
 * of a configured sender. Pure functions, without state; the time is a parameter.
 */
#ifndef AS_SMS_RECEIPT_H
#define AS_SMS_RECEIPT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/receipt_state.h"
#include "base/span.h"
#include "sms/sender.h"

/* The HTTP request of a receipt. */
typedef struct as_receipt_request_t {
    const char *url; /* the configured receipt URL with the request's query; never from Host */
    const apr_table_t *headers;
    as_span_t body;    /* raw */
    const char *query; /* of a GET; NULL: a POST, with a body */
} as_receipt_request_t;

typedef struct as_receipt_t {
    const char *ref; /* the provider's message id: letters, digits, - and _, at most 64 */
    const char *id; /* the module's id (as_sms_text_t), same characters; NULL: not in the receipt */
    as_receipt_state_t state;
    const char *error; /* the provider's code: letters, digits, . - and _, at most 64; NULL: none */
} as_receipt_t;

/*
 * Find the sender (as_sender_t) that signed the request, and read the receipt. A timestamp of the
 * signature must be within 5 minutes of `now`. APR_EACCES: signed by none; APR_EINVAL: signed by
 * *sender, but no receipt.
 */
apr_status_t as_receipt_read(apr_pool_t *p, const apr_array_header_t *senders,
                             const as_receipt_request_t *request, apr_time_t now,
                             const as_sender_type_t **sender, as_receipt_t *receipt);

/* Read a receipt of one provider, by its secret. Errors: see read_receipt of as_sender_type_t. */
apr_status_t as_receipt_twilio_read(apr_pool_t *p, const char *token,
                                    const as_receipt_request_t *request, as_receipt_t *receipt);
apr_status_t as_receipt_vonage_read(apr_pool_t *p, const char *secret,
                                    const as_receipt_request_t *request, apr_time_t now,
                                    as_receipt_t *receipt);
apr_status_t as_receipt_webhook_read(apr_pool_t *p, as_span_t key,
                                     const as_receipt_request_t *request, apr_time_t now,
                                     as_receipt_t *receipt);

/*
 * Is X-Twilio-Signature valid for the URL and the fields (as_form_field_t, names may repeat)? The
 * URL is tried with and without its port. If the query has `bodySHA256`, the body must have this
 * hash, and the fields are not signed.
 */
int as_receipt_twilio_is_signed(apr_pool_t *p, const char *token, const char *url,
                                const apr_array_header_t *fields, as_span_t body,
                                const char *signature);

/* Is the field `sig` the HMAC-SHA-256 or HMAC-SHA-512 of the other fields, and their `timestamp`
 * within 5 minutes of now? Vonage's MD5 and SHA-1 signatures are not accepted. */
int as_receipt_vonage_is_signed(apr_pool_t *p, const char *secret, const apr_array_header_t *fields,
                                apr_time_t now);

/* A provider's status and the state it means. A table ends with a NULL name. */
typedef struct as_receipt_status_t {
    const char *name;
    as_receipt_state_t state;
} as_receipt_status_t;

/* Make a receipt from the strings of a request. APR_EINVAL: no status, or no valid `ref`. An
 * invalid `id` or `error` becomes NULL, and so does the error "0". An unknown status is QUEUED. */
apr_status_t as_receipt_make(apr_pool_t *p, const as_receipt_status_t *statuses, const char *ref,
                             const char *id, const char *status, const char *error,
                             as_receipt_t *receipt);

/* Are these whole seconds since 1970, within 5 minutes of now? NULL: no. */
int as_receipt_is_recent(const char *seconds, apr_time_t now);

/* Does the request's body have this content type? */
int as_receipt_has_content_type(const as_receipt_request_t *request, const char *type);

#endif
