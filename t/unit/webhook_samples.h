/* SPDX-License-Identifier: Apache-2.0 */
/* The vector of the Standard Webhooks specification's libraries. */
#ifndef T_WEBHOOK_SAMPLES_H
#define T_WEBHOOK_SAMPLES_H

#include "provider_support.h"
#include "sms/standard_webhooks.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define TIME "1614265330"
#define BODY "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static inline as_span_t key_of(const char *secret)
{
    const char *error = NULL;
    as_span_t key = {NULL, 0};

    assert_int_equal(as_standard_webhooks_read_key(pool, secret, &key, &error), APR_SUCCESS);
    return key;
}

static inline as_standard_webhooks_message_t message_of(const char *id, const char *timestamp,
                                                        const char *body)
{
    return (as_standard_webhooks_message_t){id, timestamp, {body, strlen(body)}};
}

#endif
