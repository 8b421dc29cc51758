/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts: the known signatures are good and nothing that differs in a byte is; then what each
 * provider says. The vectors were computed apart from this code; the first of Twilio's and the
 * plain one of Vonage's are those of their own libraries.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>

#include <string.h>

#include "base/base64.h"
#include "text/form.h"
#include "base/mac.h"
#include "provider_support.h"
#include "sms/receipt.h"
#include "sms/standard_webhooks.h"

#define FORM "application/x-www-form-urlencoded"
#define SM "SM" HEX32
#define STATUS_URL "https://example.org/app_api/sms/status"

static as_span_t span_of(const char *text)
{
    return (as_span_t){text, strlen(text)};
}

static as_receipt_request_t request_of(const char *url, const char *type, const char *body)
{
    apr_table_t *headers = apr_table_make(pool, 4);

    if (type) {
        apr_table_setn(headers, "content-type", type);
    }
    return (as_receipt_request_t){url, headers, span_of(body), NULL};
}

static apr_array_header_t *fields_of(const char *form)
{
    apr_array_header_t *fields;

    assert_int_equal(as_form_parse(pool, form, strlen(form), 1, &fields), APR_SUCCESS);
    return fields;
}

/* ---- Twilio ---- */

#define TOKEN "12345"
#define CALL                                                                                       \
    "Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&"                     \
    "CallSid=CA1234567890ABCDE"
#define PAGE "/myapp.php?foo=1&bar=2"
#define PLAIN_URL "https://mycompany.com" PAGE
#define HASHED_URL                                                                                 \
    STATUS_URL                                                                                     \
    "?bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"

static const struct {
    const char *url, *form, *signature;
} twilio_vectors[] = {
    {PLAIN_URL, CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    {"https://mycompany.com:443" PAGE, CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="},
    {"http://mycompany.com:1234" PAGE, CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="},
    {"http://mycompany.com:80" PAGE, CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="},
    {PLAIN_URL, "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
     "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
};

static int twilio_says(const char *token, const char *url, const char *form, const char *signature)
{
    return as_receipt_twilio_signed(pool, token, url, fields_of(form), span_of(form), signature);
}

static void twilio_vectors_are_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(twilio_vectors); i++) {
        assert_true(twilio_says(TOKEN, twilio_vectors[i].url, twilio_vectors[i].form,
                                twilio_vectors[i].signature));
    }
    /* With or without the port, whichever was signed. */
    assert_true(
        twilio_says(TOKEN, "https://mycompany.com:443" PAGE, CALL, twilio_vectors[0].signature));
    assert_true(twilio_says(TOKEN, PLAIN_URL, CALL, twilio_vectors[1].signature));
    assert_true(twilio_says(TOKEN, "http://mycompany.com" PAGE, CALL, twilio_vectors[3].signature));
    assert_false(
        twilio_says(TOKEN, "http://mycompany.com" PAGE, CALL, twilio_vectors[2].signature));
    assert_false(twilio_says(TOKEN, PLAIN_URL, CALL, twilio_vectors[3].signature));
}

/* Each copy of `text` in which one byte differs. */
static const char *changed(const char *text, apr_size_t i)
{
    char *copy = apr_pstrdup(pool, text);

    copy[i] = copy[i] == 'x' ? 'y' : 'x';
    return copy;
}

static void twilio_is_good_in_each_byte(void **state)
{
    (void)state;
    for (size_t v = 0; v < COUNT(twilio_vectors); v++) {
        const char *url = twilio_vectors[v].url, *form = twilio_vectors[v].form;
        const char *signature = twilio_vectors[v].signature;

        for (apr_size_t i = 0; url[i]; i++) {
            assert_false(twilio_says(TOKEN, changed(url, i), form, signature));
        }
        for (apr_size_t i = 0; form[i]; i++) {
            apr_array_header_t *fields;
            const char *other = changed(form, i);

            assert_false(
                as_form_parse(pool, other, strlen(other), 1, &fields) == APR_SUCCESS &&
                as_receipt_twilio_signed(pool, TOKEN, url, fields, span_of(other), signature));
        }
        for (apr_size_t i = 0; signature[i]; i++) {
            assert_false(twilio_says(TOKEN, url, form, changed(signature, i)));
        }
        assert_false(twilio_says("12346", url, form, signature));
        assert_false(twilio_says("", url, form, signature));
        assert_false(twilio_says(TOKEN, url, apr_pstrcat(pool, form, "&a=b", NULL), signature));
        assert_false(twilio_says(TOKEN, url, "", signature));
        assert_false(twilio_says(TOKEN, url, form, apr_pstrcat(pool, signature, "=", NULL)));
        assert_false(twilio_says(TOKEN, url, form, ""));
        assert_false(twilio_says(TOKEN, url, form, NULL));
    }
    assert_false(twilio_says(TOKEN, PLAIN_URL, "Sid=CA123&SidAccount=AC123&Digits=5678",
                             twilio_vectors[4].signature));
}

static void twilio_signs_the_hash_of_other_bodies(void **state)
{
    static const char signature[] = "xT+xiCq4DweD1KEGX2EReWFohp4=";
    const apr_array_header_t *none = apr_array_make(pool, 1, sizeof(as_form_field_t));

    (void)state;
    assert_true(
        as_receipt_twilio_signed(pool, TOKEN, HASHED_URL, none, span_of("{\"a\":1}"), signature));
    assert_true(as_receipt_twilio_signed(pool, TOKEN, HASHED_URL, fields_of("a=b"),
                                         span_of("{\"a\":1}"), signature));
    assert_false(
        as_receipt_twilio_signed(pool, TOKEN, HASHED_URL, none, span_of("{\"a\":2}"), signature));
    assert_false(as_receipt_twilio_signed(pool, TOKEN, HASHED_URL, none, span_of(""), signature));
    assert_false(as_receipt_twilio_signed(pool, TOKEN, HASHED_URL "0", none, span_of("{\"a\":1}"),
                                          signature));
    assert_false(
        as_receipt_twilio_signed(pool, TOKEN, STATUS_URL, none, span_of("{\"a\":1}"), signature));
}

static apr_status_t read_twilio(const char *type, const char *form, const char *signature,
                                as_receipt_t *receipt)
{
    as_receipt_request_t request = request_of(STATUS_URL, type, form);

    if (signature) {
        apr_table_setn((apr_table_t *)request.headers, "x-twilio-signature", signature);
    }
    return as_receipt_twilio(pool, TOKEN, &request, receipt);
}

static void assert_receipt(const as_receipt_t *receipt, const char *ref, as_receipt_state_t state,
                           const char *error)
{
    assert_string_equal(receipt->ref, ref);
    assert_int_equal(receipt->state, state);
    assert_int_equal(receipt->error != NULL, error != NULL);
    if (error) {
        assert_string_equal(receipt->error, error);
    }
}

#define CALLBACK(status)                                                                           \
    "SmsSid=" SM "&SmsStatus=" status "&MessageStatus=" status                                     \
    "&To=%2B447700900123&MessageSid=" SM "&AccountSid=AC" HEX32                                    \
    "&From=%2B15005550006&ApiVersion=2010-04-01"

static void reads_twilios_callbacks(void **state)
{
    as_receipt_t receipt;

    (void)state;
    assert_int_equal(
        read_twilio(FORM, CALLBACK("delivered"), "OFEA6Ks58DNFIObqixrJH8heIUg=", &receipt),
        APR_SUCCESS);
    assert_receipt(&receipt, SM, AS_RECEIPT_DELIVERED, NULL);
    assert_int_equal(read_twilio(FORM "; charset=UTF-8", CALLBACK("undelivered") "&ErrorCode=30005",
                                 "k2RADf7lWo74T5fNW1AtvjYKa1Q=", &receipt),
                     APR_SUCCESS);
    assert_receipt(&receipt, SM, AS_RECEIPT_FAILED, "30005");
    assert_int_equal(read_twilio(FORM, CALLBACK("sent"), "OFEA6Ks58DNFIObqixrJH8heIUg=", &receipt),
                     APR_EACCES);
    assert_int_equal(read_twilio(FORM, CALLBACK("delivered"), NULL, &receipt), APR_EACCES);
    assert_int_equal(
        read_twilio(NULL, CALLBACK("delivered"), "OFEA6Ks58DNFIObqixrJH8heIUg=", &receipt),
        APR_EACCES);
    assert_int_equal(read_twilio("application/json", CALLBACK("delivered"),
                                 "OFEA6Ks58DNFIObqixrJH8heIUg=", &receipt),
                     APR_EACCES);
    assert_int_equal(read_twilio(FORM, "MessageSid=x%2F..%2Fy&MessageStatus=sent",
                                 "HLU8QChJfyzSASN5xR8JyW5P8tU=", &receipt),
                     APR_EINVAL);
    assert_int_equal(read_twilio(FORM, "MessageSid=" SM, "9rXfMF5xdet9XHagfTJqTbB0ei8=", &receipt),
                     APR_EINVAL);
    assert_int_equal(read_twilio(FORM,
                                 "MessageSid=" SM "&MessageStatus=teleported&ErrorCode=%3Cb%3E",
                                 "jw5iXOgSJRn7PyzRvXthtUnXylc=", &receipt),
                     APR_SUCCESS);
    assert_receipt(&receipt, SM, AS_RECEIPT_QUEUED, NULL);
}

static const char *twilio_signature(const char *text)
{
    const as_span_t parts[] = {span_of(STATUS_URL), span_of(text)};
    as_span_t mac;

    assert_int_equal(as_mac_compute(pool, AS_MAC_SHA1, span_of(TOKEN), parts, 2, &mac),
                     APR_SUCCESS);
    return as_base64_encode(pool, mac.data, mac.len);
}

static void knows_twilios_states(void **state)
{
    static const as_receipt_word_t rows[] = {
        {"queued", AS_RECEIPT_QUEUED},       {"accepted", AS_RECEIPT_QUEUED},
        {"scheduled", AS_RECEIPT_QUEUED},    {"sending", AS_RECEIPT_QUEUED},
        {"sent", AS_RECEIPT_SENT},           {"partially_delivered", AS_RECEIPT_SENT},
        {"delivered", AS_RECEIPT_DELIVERED}, {"read", AS_RECEIPT_DELIVERED},
        {"undelivered", AS_RECEIPT_FAILED},  {"failed", AS_RECEIPT_FAILED},
        {"canceled", AS_RECEIPT_FAILED},     {"Delivered", AS_RECEIPT_QUEUED},
    };
    as_receipt_t receipt;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *form =
            apr_pstrcat(pool, "MessageSid=" SM "&MessageStatus=", rows[i].name, NULL);
        const char *text = apr_pstrcat(pool, "MessageSid" SM "MessageStatus", rows[i].name, NULL);

        print_message("# %s\n", rows[i].name);
        assert_int_equal(read_twilio(FORM, form, twilio_signature(text), &receipt), APR_SUCCESS);
        assert_int_equal(receipt.state, rows[i].state);
    }
}

/* ---- Vonage ---- */

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
           as_receipt_vonage_signed(pool, secret, fields, apr_time_from_sec(VONAGE_TIME + later));
}

static void vonage_vectors_are_good(void **state)
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

static void vonage_is_good_in_each_byte(void **state)
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

static void vonage_takes_no_weaker_signature(void **state)
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

    return as_receipt_vonage(pool, SECRET, &request, apr_time_from_sec(VONAGE_TIME), receipt);
}

static void reads_vonages_callbacks_by_get(void **state)
{
    as_receipt_request_t request = request_of(STATUS_URL, NULL, "");
    const apr_time_t now = apr_time_from_sec(VONAGE_TIME);
    as_receipt_t receipt;

    (void)state;
    request.query = DELIVERED "&sig=" DELIVERED_SHA256;
    assert_int_equal(as_receipt_vonage(pool, SECRET, &request, now, &receipt), APR_SUCCESS);
    assert_receipt(&receipt, "0A0000001234567B", AS_RECEIPT_DELIVERED, NULL);
    request.query = DELIVERED "&sig=" DELIVERED_SHA256 "&more=1";
    assert_int_equal(as_receipt_vonage(pool, SECRET, &request, now, &receipt), APR_EACCES);
    request = request_of(STATUS_URL, FORM, DELIVERED "&sig=" DELIVERED_SHA256);
    request.query = "";
    assert_int_equal(as_receipt_vonage(pool, SECRET, &request, now, &receipt), APR_EACCES);
}

static void reads_vonages_callbacks(void **state)
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

static void knows_vonages_states(void **state)
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

/* ---- a receiver of webhooks ---- */

#define WHSEC "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define WEBHOOK_TIME APR_INT64_C(1614265330)

static as_receipt_request_t webhook_of(const char *body)
{
    as_receipt_request_t request = request_of(STATUS_URL, "application/json", body);
    apr_table_t *headers = (apr_table_t *)request.headers;
    const as_webhook_message_t message = {"r1", "1614265330", span_of(body)};
    const char *error, *signature;
    as_span_t key;

    assert_int_equal(as_webhook_key(pool, WHSEC, &key, &error), APR_SUCCESS);
    assert_int_equal(as_webhook_sign(pool, key, &message, &signature), APR_SUCCESS);
    apr_table_setn(headers, "Webhook-Id", message.id);
    apr_table_setn(headers, "Webhook-Timestamp", message.timestamp);
    apr_table_setn(headers, "Webhook-Signature", signature);
    return request;
}

static apr_status_t read_webhook(const as_receipt_request_t *request, int later,
                                 as_receipt_t *receipt)
{
    as_span_t key = {NULL, 0};
    const char *error;

    as_webhook_key(pool, WHSEC, &key, &error);
    return as_receipt_webhook(pool, key, request, apr_time_from_sec(WEBHOOK_TIME + later), receipt);
}

static void reads_a_receivers_words(void **state)
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

/* ---- whose is it? ---- */

static void add(apr_array_header_t *senders, const char *name, const char *words)
{
    APR_ARRAY_PUSH(senders, as_sender_t) = support_sender(name, words);
}

static void finds_the_sender_that_signed(void **state)
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
        TEST(twilio_vectors_are_good),
        TEST(twilio_is_good_in_each_byte),
        TEST(twilio_signs_the_hash_of_other_bodies),
        TEST(reads_twilios_callbacks),
        TEST(knows_twilios_states),
        TEST(vonage_vectors_are_good),
        TEST(vonage_is_good_in_each_byte),
        TEST(vonage_takes_no_weaker_signature),
        TEST(reads_vonages_callbacks),
        TEST(reads_vonages_callbacks_by_get),
        TEST(knows_vonages_states),
        TEST(reads_a_receivers_words),
        TEST(finds_the_sender_that_signed),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
