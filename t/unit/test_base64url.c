/* SPDX-License-Identifier: Apache-2.0 */
#include "token_support.h"

#include "base/base64url.h"

static const struct {
    const char *bytes;
    const char *text;
} pairs[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"},
};

static void encodes_and_decodes_known_values(void **state)
{
    apr_size_t i;
    as_span_t bytes;

    for (i = 0; i < COUNT(pairs); i++) {
        assert_string_equal(as_base64url_encode(*state, pairs[i].bytes, strlen(pairs[i].bytes)),
                            pairs[i].text);
        assert_int_equal(as_base64url_decode(*state, pairs[i].text, strlen(pairs[i].text), &bytes),
                         APR_SUCCESS);
        assert_int_equal(bytes.len, strlen(pairs[i].bytes));
        assert_string_equal(bytes.data, pairs[i].bytes);
    }
}

static void every_byte_is_encoded_and_decoded(void **state)
{
    unsigned char all[256];
    apr_size_t i, len;
    as_span_t bytes;

    for (i = 0; i < sizeof(all); i++) {
        all[i] = (unsigned char)(i * 7);
    }
    for (len = 0; len <= sizeof(all); len++) {
        const char *text = as_base64url_encode(*state, all, len);

        assert_int_equal(as_base64url_decode(*state, text, strlen(text), &bytes), APR_SUCCESS);
        assert_int_equal(bytes.len, len);
        assert_memory_equal(bytes.data, all, len);
    }
}

/* Of the 256 bytes exactly 64 are digits, at every place of a group. */
static void accepts_only_the_64_digits(void **state)
{
    apr_size_t place;
    as_span_t bytes;

    for (place = 0; place < 4; place++) {
        int c, taken = 0;

        for (c = 0; c < 256; c++) {
            char text[] = "AAAA";

            text[place] = (char)c;
            taken += as_base64url_decode(*state, text, 4, &bytes) == APR_SUCCESS;
        }
        assert_int_equal(taken, 64);
    }
}

static void rejects_invalid_base64url(void **state)
{
    static const char *const texts[] = {
        "A",          "AAAAA", "Zg==",   "Zm8=", "Zm9v=", "=",     "Zm+v", "Zm/v",
        "Zm 9v",      " Zm9v", "Zm9v\n", "Z m9", "Zm?v",  "Zm9v.", "Zh",   "Zm9",
        "Z\xc3\xa9v", "AB",    "AAB",    "AC",   "AE",    "AI",    "AAC",
    };
    apr_size_t i;
    as_span_t bytes;

    for (i = 0; i < COUNT(texts); i++) {
        if (as_base64url_decode(*state, texts[i], strlen(texts[i]), &bytes) != APR_EINVAL) {
            fail_msg("\"%s\" was taken", texts[i]);
        }
    }
    assert_int_equal(as_base64url_decode(*state, "AA\0A", 4, &bytes), APR_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(encodes_and_decodes_known_values),
        POOL_TEST(every_byte_is_encoded_and_decoded),
        POOL_TEST(accepts_only_the_64_digits),
        POOL_TEST(rejects_invalid_base64url),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
