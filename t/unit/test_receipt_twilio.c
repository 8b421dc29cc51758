/* SPDX-License-Identifier: Apache-2.0 */
/* Twilio's status callbacks: signatures and states. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_strings.h>
#include <string.h>

#include "base/base64.h"
#include "base/mac.h"
#include "receipt_support.h"
#include "text/form.h"

static apr_array_header_t *fields_of(const char *form)
{
    apr_array_header_t *fields;

    assert_int_equal(as_form_parse(pool, form, strlen(form), 1, &fields), APR_SUCCESS);
    return fields;
}

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
    return as_receipt_twilio_is_signed(pool, token, url, fields_of(form), span_of(form), signature);
}

static void accepts_known_signatures(void **state)
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

static void each_byte_is_signed(void **state)
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
                as_receipt_twilio_is_signed(pool, TOKEN, url, fields, span_of(other), signature));
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

static void checks_bodysha256_of_json_bodies(void **state)
{
    static const char signature[] = "xT+xiCq4DweD1KEGX2EReWFohp4=";
    const apr_array_header_t *none = apr_array_make(pool, 1, sizeof(as_form_field_t));

    (void)state;
    assert_true(as_receipt_twilio_is_signed(pool, TOKEN, HASHED_URL, none, span_of("{\"a\":1}"),
                                            signature));
    assert_true(as_receipt_twilio_is_signed(pool, TOKEN, HASHED_URL, fields_of("a=b"),
                                            span_of("{\"a\":1}"), signature));
    assert_false(as_receipt_twilio_is_signed(pool, TOKEN, HASHED_URL, none, span_of("{\"a\":2}"),
                                             signature));
    assert_false(
        as_receipt_twilio_is_signed(pool, TOKEN, HASHED_URL, none, span_of(""), signature));
    assert_false(as_receipt_twilio_is_signed(pool, TOKEN, HASHED_URL "0", none,
                                             span_of("{\"a\":1}"), signature));
    assert_false(as_receipt_twilio_is_signed(pool, TOKEN, STATUS_URL, none, span_of("{\"a\":1}"),
                                             signature));
}

static apr_status_t read_twilio(const char *type, const char *form, const char *signature,
                                as_receipt_t *receipt)
{
    as_receipt_request_t request = request_of(STATUS_URL, type, form);

    if (signature) {
        apr_table_setn((apr_table_t *)request.headers, "x-twilio-signature", signature);
    }
    return as_receipt_twilio_read(pool, TOKEN, &request, receipt);
}

#define CALLBACK(status)                                                                           \
    "SmsSid=" SM "&SmsStatus=" status "&MessageStatus=" status                                     \
    "&To=%2B447700900123&MessageSid=" SM "&AccountSid=AC" HEX32                                    \
    "&From=%2B15005550006&ApiVersion=2010-04-01"

static void reads_callbacks(void **state)
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

static void maps_every_status(void **state)
{
    static const as_receipt_status_t rows[] = {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(accepts_known_signatures),
        TEST(each_byte_is_signed),
        TEST(checks_bodysha256_of_json_bodies),
        TEST(reads_callbacks),
        TEST(maps_every_status),
    };

    support_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
