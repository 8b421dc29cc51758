/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of receipts share: requests, changed texts, and the check of a receipt. */
#ifndef T_RECEIPT_SUPPORT_H
#define T_RECEIPT_SUPPORT_H

#include "provider_support.h"
#include "sms/receipt.h"

#define FORM "application/x-www-form-urlencoded"
#define SM "SM" HEX32
#define STATUS_URL "https://example.org/app_api/sms/status"
#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define WEBHOOK_TIME APR_INT64_C(1614265330)

as_span_t span_of(const char *text);

/* A request to url with this Content-Type (NULL: none) and body. */
as_receipt_request_t request_of(const char *url, const char *type, const char *body);

/* A copy of `text` in which byte i differs. */
const char *changed(const char *text, apr_size_t i);

/* The receipt has this reference, state and error (NULL: none). */
void assert_receipt(const as_receipt_t *receipt, const char *ref, as_receipt_state_t state,
                    const char *error);

/* A signed request with this JSON body. */
as_receipt_request_t webhook_of(const char *body);

#endif
