/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifiers: providers that make, send and check a code themselves. One file per provider, as a
 * table of functions. `local` is none of them: the API makes its codes and keeps them in the
 * database.
 */
#ifndef AS_SMS_VERIFIER_H
#define AS_SMS_VERIFIER_H

#include <apr_tables.h>

#include "sms/provider_param.h"
#include "sms/sms.h"

typedef struct as_verifier_type_t {
    const char *name;
    const as_provider_param_t *params; /* ends with a NULL name */
    /* As in as_sender_type_t. */
    apr_status_t (*make)(apr_pool_t *p, const apr_table_t *values, void **self, const char **error);
    /* Send a code. *remote_id: the provider's id of the recipient, to be stored (NULL: none); *ref:
     * the provider's id of this verification, a parameter of check. */
    as_sms_result_t (*start)(void *self, as_sms_call_t *call, const as_sms_recipient_t *recipient,
                             const char **remote_id, const char **ref);
    as_sms_result_t (*check)(void *self, as_sms_call_t *call, const as_sms_recipient_t *recipient,
                             const char *ref, const char *code);
    const char *unknown_ref; /* a `ref` that the provider never returns */
    /* As in as_sender_type_t. */
    as_sms_result_t (*check_account)(void *self, as_sms_call_t *call);
} as_verifier_type_t;

/* A configured verifier. */
typedef struct as_verifier_t {
    const as_verifier_type_t *type;
    void *self;
} as_verifier_t;

/* Authy API v1. */
extern const as_verifier_type_t as_verifier_authy;
/* Twilio Verify v2. */
extern const as_verifier_type_t as_verifier_twilio;

/* The verifier type of a name; NULL: none. */
const as_verifier_type_t *as_verifier_find(const char *name);

/* The name at place i (0, 1, ...); NULL: there are no more. */
const char *as_verifier_name(int i);

/* All names, separated by commas, for error messages. */
const char *as_verifier_names(apr_pool_t *p);

/* Make a verifier from the words of its directive (as_provider_param_parse). APR_EINVAL and *error:
 * an unknown name, a wrong key or value. */
apr_status_t as_verifier_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                              as_provider_param_read_fn *read, void *ctx, as_verifier_t *verifier,
                              const char **error);

#endif
