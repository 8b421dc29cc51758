/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA-256 over "id.timestamp.body", in
 * the fields webhook-id, webhook-timestamp and webhook-signature. For the texts that the sender
 * `webhook` passes on, and for the receipts that come back.
 */
#ifndef AS_SMS_STANDARD_WEBHOOKS_H
#define AS_SMS_STANDARD_WEBHOOKS_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/span.h"

/* What is signed: the fields' values as they are sent, and the body's bytes. */
typedef struct as_webhook_message_t {
    const char *id;
    const char *timestamp; /* whole seconds since 1970 */
    as_span_t body;
} as_webhook_message_t;

/* A key of a secret: whsec_ and base64 of 24 to 64 bytes (with or without v1, in front), or any
 * other text of at least 24 bytes, whose bytes are the key. APR_EINVAL: it is neither; *error says
 * so. */
apr_status_t as_webhook_key(apr_pool_t *p, const char *secret, as_span_t *key, const char **error);

/* webhook-signature: "v1," and base64. APR_EINVAL: the id is empty or has a dot, which could move
 * the borders of what is signed; APR_EGENERAL: OpenSSL refuses. */
apr_status_t as_webhook_sign(apr_pool_t *p, as_span_t key, const as_webhook_message_t *message,
                             const char **signature);

/* Is one of the v1 signatures of this field, separated by blanks, that of the message, and its time
 * within 5 minutes of now? NULL anywhere: no. */
int as_webhook_verify(apr_pool_t *p, as_span_t key, const as_webhook_message_t *message,
                      const char *signatures, apr_time_t now);

#endif
