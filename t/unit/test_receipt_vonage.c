/* SPDX-License-Identifier: Apache-2.0 */
/* Vonage's delivery receipts: signatures and states. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <string.h>

#include "receipt_support.h"
#include "text/form.h"

#define SECRET "secret"
#define VONAGE_TIME APR_INT64_C(1461605396)
#define DELIVERED                                                                                  \
    "msisdn=447700900123&to=A%26B%3DC&network-code=23410&messageId=0A0000001234567B&"              \
    "price=0.03330000&status=delivered&scts=2604241627&err-code=0&api-key=k&client-ref=0190&"      \
    "message-timestamp=2016-04-25+17%3A29%3A56&timestamp=1461605396&"                              \
    "nonce=aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
#define DELIVERED_SHA256 "2f18e964afa835676f41df24effb8b343d429bbefd202d6ef159b9e9218919e8"
#define DELIVERED_SHA512                                                                           \
    "2be6ab71163502dba698471ccfa7195e25b2609daa56185a79930f83cc0f4fb2f696f7e4636a29e720b6422fcbb8" \
    "d7af858503ae3766df8803724207d99db6ff"
#define FAILED                                                                                     \
    "{\"messageId\":\"0A1\",\"status\":\"failed\",\"err-code\":\"6\",\"timestamp\":"               \
    "\"1461605396\","                                                                              \
    "\"sig\":\"0d582e36ae7e0f54c4eb6b7ce4b8b3b5c295b1ec8bb3ddaae1c284ef0d889512\"}"

static const char *const vonage_vectors[] = {
    "a=1&b=2&timestamp=1461605396"
    "&sig=a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24",
    "b=2&sig=812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c63ed26ec9702168781b6"
    "edcf1633db8ff95af9341701004eec3fcf9550572ee8&timestamp=1461605396&a=1",
    "a=1&b=2&timestamp=1461605396"
    "&sig=A321E824B9B816BE7C3F28859A31749A098713D39F613C80D455BBAFFAE1CD24",
    DELIVERED "&sig=" DELIVERED_SHA256,
    DELIVERED "&sig=" DELIVERED_SHA512,
};

static int vonage_says(const char *secret, const char *form, int later)
{
    apr_array_header_t *fields;

    return as_form_parse(pool, form, strlen(form), 0, &fields) == APR_SUCCESS &&
           as_receipt_vonage_is_signed(pool, secret, fields,
                                       apr_time_from_sec(VONAGE_TIME + later));
}

static void accepts_known_signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vonage_vectors); i++) {
        assert_true(vonage_says(SECRET, vonage_vectors[i], 0));
        assert_true(vonage_says(SECRET, vonage_vectors[i], 300));
        assert_true(vonage_says(SECRET, vonage_vectors[i], -300));
        assert_false(vonage_says(SECRET, vonage_vectors[i], 301));
        assert_false(vonage_says(SECRET, vonage_vectors[i], -301));
    }
}

static void each_byte_is_signed(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(vonage_vectors); v++) {
        const char *form = vonage_vectors[v];

        for (apr_size_t i = 0; form[i]; i++) {
            assert_false(vonage_says(SECRET, changed(form, i), 0));
        }
        assert_false(vonage_says("secreT", form, 0));
        assert_false(vonage_says(SECRET, apr_pstrcat(pool, form, "&c=3", NULL), 0));
        assert_false(vonage_says(SECRET, apr_pstrcat(pool, form, "0", NULL), 0));
    }
}

static void rejects_weaker_signature_methods(void **state)
{
    static const char *const rows[] = {
        "a=1&b=2&timestamp=1461605396",
        "a=1&b=2&timestamp=1461605396&sig=",
        /* MD5 of text and secret, HMAC-MD5, HMAC-SHA-1 */
        "a=1&b=2&timestamp=1461605396&sig=6af838ef94998832dbfc29020b564830",
        "a=1&b=2&timestamp=1461605396&sig=c15c21ced558c93a226c305f58f902f2",
        "a=1&b=2&timestamp=1461605396&sig=3e19a4e6880fdc2c1426bfd0587c98b9532f0210",
        /* the same text from other fields */
        "a=1%26b=2&timestamp=1461605396"
        "&sig=a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24",
        "a%3D1%26b=2&timestamp=1461605396"
        "&sig=a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24",
        /* without a time: HMAC-SHA-256 of "&a=1&b=2" */
        "a=1&b=2&sig=1ad820e7a6cea8f79fcb8ec77d44cdaaa19fbe3fffd1bbfbcc5336f94ab56457",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("# %s\n", rows[i]);
        assert_false(vonage_says(SECRET, rows[i], 0));
    }
}

static apr_status_t read_vonage(const char *type, const char *body, as_receipt_t *receipt)
{
    as_receipt_request_t request = request_of(STATUS_URL, type, body);

    return as_receipt_vonage_read(pool, SECRET, &request, apr_time_from_sec(VONAGE_TIME), receipt);
}

static void reads_get_callbacks(void **state)
{
    as_receipt_request_t request = request_of(STATUS_URL, NULL, "");
    const apr_time_t now = apr_time_from_sec(VONAGE_TIME);
    as_receipt_t receipt;

    (void)state;
    request.query = DELIVERED "&sig=" DELIVERED_SHA256;
    assert_int_equal(as_receipt_vonage_read(pool, SECRET, &request, now, &receipt), APR_SUCCESS);
    assert_receipt(&receipt, "0A0000001234567B", AS_RECEIPT_DELIVERED, NULL);
    request.query = DELIVERED "&sig=" DELIVERED_SHA256 "&more=1";
    assert_int_equal(as_receipt_vonage_read(pool, SECRET, &request, now, &receipt), APR_EACCES);
    request = request_of(STATUS_URL, FORM, DELIVERED "&sig=" DELIVERED_SHA256);
    request.query = "";
    assert_int_equal(as_receipt_vonage_read(pool, SECRET, &request, now, &receipt), APR_EACCES);
}

static void reads_post_callbacks(void **state)
{
    as_receipt_t receipt;

    (void)state;
    assert_int_equal(read_vonage(FORM, DELIVERED "&sig=" DELIVERED_SHA256, &receipt), APR_SUCCESS);
    assert_receipt(&receipt, "0A0000001234567B", AS_RECEIPT_DELIVERED, NULL);
    assert_int_equal(read_vonage("application/json", FAILED, &receipt), APR_SUCCESS);
    assert_receipt(&receipt, "0A1", AS_RECEIPT_FAILED, "6");
    assert_int_equal(read_vonage(FORM, FAILED, &receipt), APR_EACCES);
    assert_int_equal(read_vonage("text/plain", FAILED, &receipt), APR_EACCES);
    assert_int_equal(read_vonage("application/json", "{\"sig\":{}}", &receipt), APR_EACCES);
    assert_int_equal(read_vonage("application/json", "[" FAILED "]", &receipt), APR_EACCES);
    assert_int_equal(read_vonage(FORM, vonage_vectors[0], &receipt), APR_EINVAL);
    assert_int_equal(
        read_vonage(FORM,
                    "messageId=&status=failed&err-code=6&timestamp=1461605396"
                    "&sig=3476f097f15900ea17cf6ffb98afdb611db2835b6e7ddbfe847a9313b6d25993",
                    &receipt),
        APR_EINVAL);
}

static void maps_every_status(void **state)
{
    static const struct {
        const char *name, *sig;
        as_receipt_state_t state;
    } rows[] = {
        {"buffered", "409a9d28e28b9ea86e620e08293d6996e3b31d015ffc884e7df289fdd95168f3",
         AS_RECEIPT_SENT},
        {"accepted", "26195bd0ecc470ffbe8d5f58ce75b0ea7fd31ff9f5618d35b0614278cb175d0d",
         AS_RECEIPT_SENT},
        {"unknown", "b98e376ad40f113d5cccc83e0709cba6df1a2b3a9a7a4be6650cfbdfbdff028a",
         AS_RECEIPT_SENT},
        {"expired", "24439da1bd405eef30450dcb0860dfd8a69c043c406ac79fa815ea72a6e8204c",
         AS_RECEIPT_FAILED},
        {"rejected", "a2acd48bf5f866b85f0b9367098fd57842d4fbf4defe43ffa14226505a1a6b7b",
         AS_RECEIPT_FAILED},
        {"new", "16755e00762414f610f43c017b6cb5cdcabd405dc138f7a678ef4993c71eaadd",
         AS_RECEIPT_QUEUED},
    };
    as_receipt_t receipt;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *form =
            apr_pstrcat(pool, "messageId=0A1&err-code=6&timestamp=1461605396&status=", rows[i].name,
                        "&sig=", rows[i].sig, NULL);

        assert_int_equal(read_vonage(FORM, form, &receipt), APR_SUCCESS);
        assert_receipt(&receipt, "0A1", rows[i].state, "6");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(accepts_known_signatures),
        TEST(each_byte_is_signed),
        TEST(rejects_weaker_signature_methods),
        TEST(reads_post_callbacks),
        TEST(reads_get_callbacks),
        TEST(maps_every_status),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
