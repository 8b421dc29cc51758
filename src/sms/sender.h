/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Senders: providers that send a text. One file per provider, as a table of functions.
 */
#ifndef AS_SMS_SENDER_H
#define AS_SMS_SENDER_H

#include <apr_tables.h>

#include "sms/provider_param.h"
#include "sms/sms.h"

/* See sms/receipt.h. */
struct as_receipt_request_t;
struct as_receipt_t;

typedef struct as_sender_type_t {
    const char *name;
    const as_provider_param_t *params; /* without `for`; ends with a NULL name */
    /* Make *self from the values of `params` (const char * by name, secrets already read).
     * APR_EINVAL and *error: an invalid value; names the key, and never shows a secret. */
    apr_status_t (*make)(apr_pool_t *p, const apr_table_t *values, void **self, const char **error);
    /* *ref: the provider's id of the text, for receipts; NULL: it returned none. */
    as_sms_result_t (*send)(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                            const char **ref);
    /* Read a delivery receipt. APR_EACCES: not signed by this provider; APR_EINVAL: signed, but no
     * receipt. NULL: the provider sends none. */
    apr_status_t (*read_receipt)(void *self, apr_pool_t *p,
                                 const struct as_receipt_request_t *request, apr_time_t now,
                                 struct as_receipt_t *receipt);
    /* For authsmsctl doctor: does the provider accept the credentials? Requests the account, sends
     * no text and costs nothing. OK, CREDENTIALS, or why it is unknown; see call->detail. NULL: the
     * provider has no such request. */
    as_sms_result_t (*check_account)(void *self, as_sms_call_t *call);
} as_sender_type_t;

/* A configured sender. */
typedef struct as_sender_t {
    const as_sender_type_t *type;
    void *self;
    const apr_array_header_t *prefixes; /* of `for=`: const char * such as "+44"; NULL: all */
} as_sender_t;

/* Writes each text to the error log, with number and code: for development. */
extern const as_sender_type_t as_sender_log;
/* Twilio Programmable Messaging. */
extern const as_sender_type_t as_sender_twilio;
/* Vonage SMS API. */
extern const as_sender_type_t as_sender_vonage;
/* Any provider with an HTTP API, described in the configuration. */
extern const as_sender_type_t as_sender_http;
/* A receiver of the administrator's own, by Standard Webhooks. */
extern const as_sender_type_t as_sender_webhook;

/* The sender type of a name; NULL: none. */
const as_sender_type_t *as_sender_find(const char *name);

/* The name at place i (0, 1, ...); NULL: there are no more. */
const char *as_sender_name(int i);

/* All names, separated by commas, for error messages. */
const char *as_sender_names(apr_pool_t *p);

/* Make a sender from the words of its directive (as_provider_param_parse). Each type also has the
 * key `for`. APR_EINVAL and *error: an unknown name, a wrong key or value. */
apr_status_t as_sender_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                            as_provider_param_read_fn *read, void *ctx, as_sender_t *sender,
                            const char **error);

/* Does the number have one of the sender's prefixes? Yes, if it has none. */
int as_sender_serves(const as_sender_t *sender, const char *e164);

#endif
