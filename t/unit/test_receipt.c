/* SPDX-License-Identifier: Apache-2.0 */
/* Which sender a receipt belongs to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "receipt_support.h"

#define TOKEN "12345"

#define CALLBACK(status)                                                                           \
    "SmsSid=" SM "&SmsStatus=" status "&MessageStatus=" status                                     \
    "&To=%2B447700900123&MessageSid=" SM "&AccountSid=AC" HEX32                                    \
    "&From=%2B15005550006&ApiVersion=2010-04-01"
#define SECRET "secret"
#define VONAGE_TIME APR_INT64_C(1461605396)
#define FAILED                                                                                     \
    "{\"messageId\":\"0A1\",\"status\":\"failed\",\"err-code\":\"6\",\"timestamp\":"               \
    "\"1461605396\","                                                                              \
    "\"sig\":\"0d582e36ae7e0f54c4eb6b7ce4b8b3b5c295b1ec8bb3ddaae1c284ef0d889512\"}"

static void add(apr_array_header_t *senders, const char *name, const char *words)
{
    APR_ARRAY_PUSH(senders, as_sender_t) = support_sender(name, words);
}

static void selects_the_sender_by_signature(void **state)
{
    apr_array_header_t *senders = apr_array_make(pool, 4, sizeof(as_sender_t));
    const apr_time_t vonage_time = apr_time_from_sec(VONAGE_TIME);
    as_receipt_request_t request;
    const as_sender_type_t *sender;
    as_receipt_t receipt;

    (void)state;
    add(senders, "log", "");
    add(senders, "twilio", "account=AC" HEX32 "|token=other|from=12345");
    add(senders, "twilio", "account=AC" HEX32 "|token=" TOKEN "|from=12345");
    add(senders, "vonage", "key=k|secret=" SECRET "|from=Shop");
    add(senders, "webhook", "url=https://sms.example|secret=" WHSEC);

    request = request_of(STATUS_URL, FORM, CALLBACK("delivered"));
    apr_table_setn((apr_table_t *)request.headers, "X-Twilio-Signature",
                   "OFEA6Ks58DNFIObqixrJH8heIUg=");
    assert_int_equal(as_receipt_read(pool, senders, &request, 0, &sender, &receipt), APR_SUCCESS);
    assert_string_equal(sender->name, "twilio");
    assert_receipt(&receipt, SM, AS_RECEIPT_DELIVERED, NULL);

    request = webhook_of("{\"id\":\"a-1\",\"status\":\"sent\"}");
    assert_int_equal(as_receipt_read(pool, senders, &request, apr_time_from_sec(WEBHOOK_TIME),
                                     &sender, &receipt),
                     APR_SUCCESS);
    assert_string_equal(sender->name, "webhook");
    request = webhook_of("{}");
    assert_int_equal(as_receipt_read(pool, senders, &request, apr_time_from_sec(WEBHOOK_TIME),
                                     &sender, &receipt),
                     APR_EINVAL);
    assert_string_equal(sender->name, "webhook");

    /* The API's secret is not the signature's. */
    request = request_of(STATUS_URL, "application/json", FAILED);
    assert_int_equal(as_receipt_read(pool, senders, &request, vonage_time, &sender, &receipt),
                     APR_EACCES);
    assert_null(sender);
    add(senders, "vonage", "key=k|secret=s|from=Shop|signature=" SECRET);
    assert_int_equal(as_receipt_read(pool, senders, &request, vonage_time, &sender, &receipt),
                     APR_SUCCESS);
    assert_string_equal(sender->name, "vonage");

    request = request_of(STATUS_URL, NULL, "");
    assert_int_equal(as_receipt_read(pool, senders, &request, vonage_time, &sender, &receipt),
                     APR_EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(selects_the_sender_by_signature),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
