/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery receipts of a webhook receiver. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "receipt_support.h"
#include "sms/standard_webhooks.h"

static apr_status_t read_webhook(const as_receipt_request_t *request, int later,
                                 as_receipt_t *receipt)
{
    as_span_t key = {NULL, 0};
    const char *error;

    as_standard_webhooks_read_key(pool, WHSEC, &key, &error);
    return as_receipt_webhook_read(pool, key, request, apr_time_from_sec(WEBHOOK_TIME + later),
                                   receipt);
}

static void maps_status_words_of_the_receiver(void **state)
{
    static const struct {
        const char *body;
        apr_status_t rv;
        as_receipt_state_t state;
        const char *error;
    } rows[] = {
        {"{\"id\":\"a-1\",\"status\":\"queued\"}", APR_SUCCESS, AS_RECEIPT_QUEUED, NULL},
        {"{\"id\":\"a-1\",\"status\":\"sent\"}", APR_SUCCESS, AS_RECEIPT_SENT, NULL},
        {"{\"id\":\"a-1\",\"status\":\"delivered\"}", APR_SUCCESS, AS_RECEIPT_DELIVERED, NULL},
        {"{\"id\":\"a-1\",\"status\":\"failed\",\"error\":\"no.sim_1\"}", APR_SUCCESS,
         AS_RECEIPT_FAILED, "no.sim_1"},
        {"{\"id\":\"a-1\",\"status\":\"failed\",\"error\":\"line\\nbreak\"}", APR_SUCCESS,
         AS_RECEIPT_FAILED, NULL},
        {"{\"id\":\"a-1\",\"status\":\"failed\",\"error\":17}", APR_SUCCESS, AS_RECEIPT_FAILED,
         NULL},
        {"{\"id\":\"a-1\",\"status\":\"on its way\"}", APR_SUCCESS, AS_RECEIPT_QUEUED, NULL},
        {"{\"id\":\"a-1\"}", APR_EINVAL, 0, NULL},
        {"{\"id\":\"a 1\",\"status\":\"sent\"}", APR_EINVAL, 0, NULL},
        {"{\"id\":\"\",\"status\":\"sent\"}", APR_EINVAL, 0, NULL},
        {"{\"id\":1,\"status\":\"sent\"}", APR_EINVAL, 0, NULL},
        {"{\"id\":\"01234567890123456789012345678901234567890123456789012345678901234\","
         "\"status\":\"sent\"}",
         APR_EINVAL, 0, NULL},
        {"[]", APR_EINVAL, 0, NULL},
        {"", APR_EINVAL, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        as_receipt_request_t request = webhook_of(rows[i].body);
        as_receipt_t receipt;

        print_message("# %s\n", rows[i].body);
        assert_int_equal(read_webhook(&request, 0, &receipt), rows[i].rv);
        if (rows[i].rv == APR_SUCCESS) {
            assert_receipt(&receipt, "a-1", rows[i].state, rows[i].error);
        }
        assert_int_equal(read_webhook(&request, 301, &receipt), APR_EACCES);
        request.body = span_of("{\"id\":\"a-2\",\"status\":\"sent\"}");
        assert_int_equal(read_webhook(&request, 0, &receipt), APR_EACCES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(maps_status_words_of_the_receiver),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
