/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a text through the configured senders, in their order, or calls the verifier. Senders that
 * do not serve the number (`for=`) are skipped.
 * - Failover only after a result which means that nothing was sent: RATE_LIMITED, CREDENTIALS,
 *   TEMPORARY, BUSY, UNREACHABLE. A text that may have been accepted is not sent again.
 * - One deadline for all senders; a circuit breaker per provider and child.
 * - Each result is logged with provider, result and error code. The number is masked.
 */
#ifndef AS_SMS_DELIVERY_H
#define AS_SMS_DELIVERY_H

#include "sms/sender.h"
#include "sms/verifier.h"

typedef struct as_delivery_t as_delivery_t;

/* Create it for one child. senders: as_sender_t; total: timeout in µs of one text over all senders,
 * and of one call to the verifier. */
apr_status_t as_delivery_create(apr_pool_t *p, const apr_array_header_t *senders,
                                const as_verifier_t *verifier, as_http_client_t *http,
                                apr_interval_time_t total, const as_log_t *log,
                                as_delivery_t **delivery);

/*
 * Send one text. *submission: the last sender that was called, and the id it returned.
 * A final result (OK, REJECTED, FRAUD, UNKNOWN) is the provider's. Otherwise the result of the last
 * sender that failed temporarily, or else of the last sender; TEMPORARY if its breaker is open, or
 * without senders. UNREACHABLE, with a warning in the log: no sender serves the number.
 * *retry_after: µs (Retry-After, else a minute) if the last call was RATE_LIMITED; else 0.
 */
as_sms_result_t as_delivery_send_text(as_delivery_t *d, apr_pool_t *p, const as_sms_text_t *text,
                                      as_sms_submission_t *submission,
                                      apr_interval_time_t *retry_after);

/* Call the verifier (see as_verifier_type_t). TEMPORARY: none is configured, or its breaker is
 * open. */
as_sms_result_t as_delivery_start_verification(as_delivery_t *d, apr_pool_t *p,
                                               const as_sms_recipient_t *recipient,
                                               const char **remote_id, const char **ref,
                                               apr_interval_time_t *retry_after);
as_sms_result_t as_delivery_check_code(as_delivery_t *d, apr_pool_t *p,
                                       const as_sms_recipient_t *recipient, const char *ref,
                                       const char *code, apr_interval_time_t *retry_after);

/* Have the verifier check a code that it never sent: as much work and time as for a wrong code. */
void as_delivery_check_unknown(as_delivery_t *d, apr_pool_t *p, const char *code);

#endif
