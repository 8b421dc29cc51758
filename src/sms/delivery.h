/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One text over all configured senders, in their order: failover only after results that say that
 * nothing was sent (RATE_LIMITED, CREDENTIALS, TEMPORARY, BUSY, UNREACHABLE), a breaker per
 * provider and child, one deadline over all. A text that may have been accepted is never sent
 * again. What a provider could not do is logged with its name, the result and its error code; the
 * number masked.
 */
#ifndef AS_SMS_DELIVERY_H
#define AS_SMS_DELIVERY_H

#include "sms/provider.h"

typedef struct as_delivery_t as_delivery_t;

/* For one child. senders: as_sender_t; total: µs for one text over all senders, or for one verifier
 * call. */
apr_status_t as_delivery_create(apr_pool_t *p, const apr_array_header_t *senders,
                                const as_verifier_t *verifier, as_http_client_t *http,
                                apr_interval_time_t total, const as_log_t *log,
                                as_delivery_t **delivery);

/* Send one text. *receipt: whom it was given to at last. OK, REJECTED, FRAUD, UNKNOWN: as the
 * provider said; else what the last one said whose reason may pass, or, with none, the last one
 * (TEMPORARY where its breaker is open, or there is no sender). *later: the last provider asked was
 * RATE_LIMITED, and may be asked again after so many µs (its Retry-After, else a minute); 0: it was
 * not. */
as_sms_result_t as_delivery_send(as_delivery_t *d, apr_pool_t *p, const as_text_t *text,
                                 as_sms_receipt_t *receipt, apr_interval_time_t *later);

/* The verifier's two calls, each under such a deadline, with its breaker. TEMPORARY: there is none.
 */
as_sms_result_t as_delivery_start(as_delivery_t *d, apr_pool_t *p, const as_sms_person_t *person,
                                  const char **remote_id, const char **ref,
                                  apr_interval_time_t *later);
as_sms_result_t as_delivery_check(as_delivery_t *d, apr_pool_t *p, const as_sms_person_t *person,
                                  const char *ref, const char *code, apr_interval_time_t *later);

#endif
