/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "receipt_support.h"
#include "sms/standard_webhooks.h"

as_span_t span_of(const char *text)
{
    return (as_span_t){text, strlen(text)};
}

as_receipt_request_t request_of(const char *url, const char *type, const char *body)
{
    apr_table_t *headers = apr_table_make(pool, 4);

    if (type) {
        apr_table_setn(headers, "content-type", type);
    }
    return (as_receipt_request_t){url, headers, span_of(body), NULL};
}

const char *changed(const char *text, apr_size_t i)
{
    char *copy = apr_pstrdup(pool, text);

    copy[i] = copy[i] == 'x' ? 'y' : 'x';
    return copy;
}

void assert_receipt(const as_receipt_t *receipt, const char *ref, as_receipt_state_t state,
                    const char *error)
{
    assert_string_equal(receipt->ref, ref);
    assert_int_equal(receipt->state, state);
    assert_int_equal(receipt->error != NULL, error != NULL);
    if (error) {
        assert_string_equal(receipt->error, error);
    }
}

as_receipt_request_t webhook_of(const char *body)
{
    as_receipt_request_t request = request_of(STATUS_URL, "application/json", body);
    apr_table_t *headers = (apr_table_t *)request.headers;
    const as_standard_webhooks_message_t message = {"r1", "1614265330", span_of(body)};
    const char *error, *signature;
    as_span_t key;

    assert_int_equal(as_standard_webhooks_read_key(pool, WHSEC, &key, &error), APR_SUCCESS);
    assert_int_equal(as_standard_webhooks_sign(pool, key, &message, &signature), APR_SUCCESS);
    apr_table_setn(headers, "Webhook-Id", message.id);
    apr_table_setn(headers, "Webhook-Timestamp", message.timestamp);
    apr_table_setn(headers, "Webhook-Signature", signature);
    return request;
}
