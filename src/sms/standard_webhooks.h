/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over "id.timestamp.body", in
 * the header fields webhook-id, webhook-timestamp and webhook-signature. For the texts of the
 * sender `webhook`, and for its receipts.
 */
#ifndef AS_SMS_STANDARD_WEBHOOKS_H
#define AS_SMS_STANDARD_WEBHOOKS_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/span.h"

/* The signed message: values of the header fields, and the body. */
typedef struct as_standard_webhooks_message_t {
    const char *id;
    const char *timestamp; /* whole seconds since 1970 */
    as_span_t body;
} as_standard_webhooks_message_t;

/* The key of a secret: whsec_ and base64 of 24 to 64 bytes, optionally after `v1,`; or any other
 * text of at least 24 bytes. APR_EINVAL and *error: neither. */
apr_status_t as_standard_webhooks_read_key(apr_pool_t *p, const char *secret, as_span_t *key,
                                           const char **error);

/* The value of webhook-signature: "v1," and base64. APR_EINVAL: the id is empty, or has a dot,
 * which would make the signed text ambiguous; APR_EGENERAL: OpenSSL failed. */
apr_status_t as_standard_webhooks_sign(apr_pool_t *p, as_span_t key,
                                       const as_standard_webhooks_message_t *message,
                                       const char **signature);

/* Does the field (v1 signatures separated by blanks) have a valid signature of the message, and is
 * its timestamp within 5 minutes of now? A NULL argument: no. */
int as_standard_webhooks_verify(apr_pool_t *p, as_span_t key,
                                const as_standard_webhooks_message_t *message,
                                const char *signatures, apr_time_t now);

#endif
