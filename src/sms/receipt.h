/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery receipts: who signed one, and what it says. Nothing is believed that a configured
 * sender's secret did not sign. Pure functions: no state, no clock of their own.
 */
#ifndef AS_SMS_RECEIPT_H
#define AS_SMS_RECEIPT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/span.h"
#include "sms/provider.h"

typedef enum as_receipt_state_t {
    AS_RECEIPT_QUEUED, /* nothing new: it is with the provider, or a word that we do not know */
    AS_RECEIPT_SENT,   /* with the network */
    AS_RECEIPT_DELIVERED,
    AS_RECEIPT_FAILED,
} as_receipt_state_t;

/* A receipt as it came. */
typedef struct as_receipt_request_t {
    const char *url; /* as the provider was told, with whatever query came: never from Host */
    const apr_table_t *headers;
    as_span_t body;    /* raw */
    const char *query; /* of a GET, which has no body; NULL: a POST */
} as_receipt_request_t;

typedef struct as_receipt_t {
    const char *ref; /* the provider's id of the text: letters, digits, - and _, at most 64 */
    const char *id;  /* as_text_t's, alike, where the provider repeats it; NULL: it does not */
    as_receipt_state_t state;
    const char *error; /* the provider's code: letters, digits, . - and _, at most 64; NULL: none */
} as_receipt_t;

/*
 * Which of the senders (as_sender_t) signed this, and what does it say? `now` bounds its age where
 * the scheme has a time (5 minutes either way). APR_EACCES: none of them; APR_EINVAL: *sender did,
 * but it is no receipt.
 */
apr_status_t as_receipt_read(apr_pool_t *p, const apr_array_header_t *senders,
                             const as_receipt_request_t *request, apr_time_t now,
                             const as_sender_type_t **sender, as_receipt_t *receipt);

/* The same for one provider's secret, each as as_sender_type_t wants it. */
apr_status_t as_receipt_twilio(apr_pool_t *p, const char *token,
                               const as_receipt_request_t *request, as_receipt_t *receipt);
apr_status_t as_receipt_vonage(apr_pool_t *p, const char *secret,
                               const as_receipt_request_t *request, apr_time_t now,
                               as_receipt_t *receipt);
apr_status_t as_receipt_webhook(apr_pool_t *p, as_span_t key, const as_receipt_request_t *request,
                                apr_time_t now, as_receipt_t *receipt);

/*
 * Is X-Twilio-Signature that of the URL and the fields (as_form_field_t, names may repeat)? The URL
 * counts with and without its port, whichever is given. With `bodySHA256` in the query the body
 * must be the one that has it, and the fields do not count.
 */
int as_receipt_twilio_signed(apr_pool_t *p, const char *token, const char *url,
                             const apr_array_header_t *fields, as_span_t body,
                             const char *signature);

/* Is `sig` among the fields the HMAC-SHA-256 or HMAC-SHA-512 of the others, and their `timestamp`
 * within 5 minutes of now? (MD5 and SHA-1, which an account may have instead, are not taken.) */
int as_receipt_vonage_signed(apr_pool_t *p, const char *secret, const apr_array_header_t *fields,
                             apr_time_t now);

/* A state by its name; a table ends with a NULL name. */
typedef struct as_receipt_word_t {
    const char *name;
    as_receipt_state_t state;
} as_receipt_word_t;

/* Put a receipt together. APR_EINVAL: there is no reference or no state, or the reference cannot be
 * one. An id or a code that cannot be one is left out, and so is the code "0". */
apr_status_t as_receipt_fill(apr_pool_t *p, const as_receipt_word_t *words, const char *ref,
                             const char *id, const char *state, const char *error,
                             as_receipt_t *receipt);

/* Whole seconds since 1970, within 5 minutes of now? NULL: no. */
int as_receipt_is_timely(const char *seconds, apr_time_t now);

/* Does the request's body have this content type? */
int as_receipt_has_type(const as_receipt_request_t *request, const char *type);

#endif
