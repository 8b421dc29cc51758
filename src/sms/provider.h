/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider of texts or codes is to the rest: two small tables of functions. A provider knows
 * neither httpd nor the database; one file each.
 */
#ifndef AS_SMS_PROVIDER_H
#define AS_SMS_PROVIDER_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/http_client.h"
#include "base/log.h"

/* What became of a text or of a check, in words that all providers share. */
typedef enum as_sms_result_t {
    AS_SMS_OK,           /* accepted by the provider; a check: the code is right */
    AS_SMS_WRONG_CODE,   /* a check: the code is wrong */
    AS_SMS_GONE,         /* a check: the provider has no such verification (expired, used up) */
    AS_SMS_TOO_MANY,     /* a check: the provider looks at no more codes for this one */
    AS_SMS_REJECTED,     /* the number cannot take texts; another provider would say the same */
    AS_SMS_FRAUD,        /* blocked as abuse; never retried, never failed over */
    AS_SMS_RATE_LIMITED, /* nothing was sent; later, or elsewhere */
    AS_SMS_CREDENTIALS,  /* our account or configuration is at fault; elsewhere */
    AS_SMS_TEMPORARY,    /* nothing was sent; elsewhere, or later */
    AS_SMS_UNKNOWN,      /* it may have been sent: never send it again elsewhere */
    AS_SMS_BUSY,         /* our own bound of parallel calls */
    AS_SMS_UNREACHABLE,  /* nothing was sent: this provider does not serve this number (region,
                          * sender, a reason unknown to us); elsewhere. No fault of the provider's
                          */
} as_sms_result_t;

/* Was nothing sent, for a reason that may pass: is it worth trying the same again later? */
int as_sms_is_passing(as_sms_result_t result);

/* Did the provider certainly not look at the code of a check? Then it was no guess. */
int as_sms_is_unchecked(as_sms_result_t result);

/* The name of a result, for logs. */
const char *as_sms_result_name(as_sms_result_t result);

/* A key that a provider takes in its directive, e.g. `token=`. */
typedef struct as_sms_param_t {
    const char *name;
    enum {
        AS_SMS_REQUIRED,
        AS_SMS_OPTIONAL,
        AS_SMS_ONE_OF
    } need; /* ONE_OF: exactly one of these */
} as_sms_param_t;

/* What a call works with: the child's client, a pool, the time by which it is over, a log. */
typedef struct as_sms_call_t {
    as_http_client_t *http; /* NULL for `log` */
    apr_pool_t *pool;
    apr_time_t deadline;   /* as_clock_monotonic's */
    apr_time_t connect_by; /* likewise, where another provider is tried next; 0: none is */
    const as_log_t *log;
    const char *why; /* set by the provider, for the log: its error code, the HTTP status, what curl
                      * says; never the text, a code or a number */
    apr_interval_time_t retry_after; /* set by the exchange: the answer's Retry-After; 0: none */
} as_sms_call_t;

typedef struct as_text_t {
    const char *to;        /* E.164 */
    const char *body;      /* UTF-8 */
    const char *id;        /* ours: the same whenever this text is sent again; NULL: it has none */
    const char *receipts;  /* URL for delivery receipts; NULL: none are asked for */
    apr_time_t good_until; /* it is not sent after that (as_clock_now's); 0: whenever */
} as_text_t;

/* Who took a text, and its id there. */
typedef struct as_sms_receipt_t {
    const char *sender; /* as_sender_type_t's name */
    const char *ref;    /* NULL: it gave none */
} as_sms_receipt_t;

/* See sms/receipt.h. */
struct as_receipt_request_t;
struct as_receipt_t;

/* A configured provider is made by `make` from the values of its params (char * by name in
 * `values`, secrets already read). APR_EINVAL and *error: a value is wrong, with the key's name and
 * never its value where it is a secret. */
typedef struct as_sender_type_t {
    const char *name;
    const as_sms_param_t *params; /* ends with a NULL name */
    apr_status_t (*make)(apr_pool_t *p, const apr_table_t *values, void **self, const char **error);
    /* *ref: the provider's id of the text, for receipts; NULL where it gives none. */
    as_sms_result_t (*send)(void *self, as_sms_call_t *call, const as_text_t *text,
                            const char **ref);
    /* What a delivery receipt says. APR_EACCES: this provider did not sign it; APR_EINVAL: it did,
     * but it is no receipt. NULL: it sends none. */
    apr_status_t (*receipt)(void *self, apr_pool_t *p, const struct as_receipt_request_t *request,
                            apr_time_t now, struct as_receipt_t *receipt);
} as_sender_type_t;

/* Whom a code goes to. */
typedef struct as_sms_person_t {
    const char *account; /* our user id (UUID) */
    const char *e164;
    const char *country;   /* calling code "+44" */
    const char *national;  /* E.164 without the calling code */
    const char *remote_id; /* the provider's id of this person, from an earlier start; NULL: none */
} as_sms_person_t;

typedef struct as_verifier_type_t {
    const char *name;
    const as_sms_param_t *params;
    apr_status_t (*make)(apr_pool_t *p, const apr_table_t *values, void **self, const char **error);
    /* Send a code. *remote_id: the provider's id of the person, to be kept (NULL: none); *ref: its
     * id of this verification, to be given to check. */
    as_sms_result_t (*start)(void *self, as_sms_call_t *call, const as_sms_person_t *person,
                             const char **remote_id, const char **ref);
    as_sms_result_t (*check)(void *self, as_sms_call_t *call, const as_sms_person_t *person,
                             const char *ref, const char *code);
} as_verifier_type_t;

/* The types by name (`log`, `twilio` …; `authy` …); NULL: no such one. `local` is not among the
 * verifiers: its codes are made by the API and kept in the database. */
const as_sender_type_t *as_sender_find(const char *name);
const as_verifier_type_t *as_verifier_find(const char *name);
/* The names, separated by commas, for error messages. */
const char *as_sender_names(apr_pool_t *p);
const char *as_verifier_names(apr_pool_t *p);

/* A configured provider. */
typedef struct as_sender_t {
    const as_sender_type_t *type;
    void *self;
} as_sender_t;

typedef struct as_verifier_t {
    const as_verifier_type_t *type;
    void *self;
} as_verifier_t;

/*
 * Make a provider from `key=value` words (const char *): an unknown, doubled or missing key is an
 * error, and so is a value that is empty or has control characters. `read` turns a value into its
 * secret (env:, file:, exec:); it fails with *error. Used by the setters at configtest.
 */
typedef apr_status_t as_sms_read_fn(void *ctx, apr_pool_t *p, const char *source,
                                    const char **value, const char **error);
apr_status_t as_sender_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                            as_sms_read_fn *read, void *ctx, as_sender_t *sender,
                            const char **error);
apr_status_t as_verifier_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                              as_sms_read_fn *read, void *ctx, as_verifier_t *verifier,
                              const char **error);

#endif
