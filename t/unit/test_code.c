/* SPDX-License-Identifier: Apache-2.0 */
/* Verification codes: how they are made and read. */
#include "token_support.h"

#include <apr_strings.h>

#include "account/code.h"
#include "base/random.h"

static void codes_are_normalized(void **state)
{
    static const char *const good[][2] = {
        {"123456", "123456"},
        {" 123 456\n", "123456"},
        {"1234567", "1234567"},
        {"1 23456", "123456"},
        {"123456789012", "123456789012"},
        {"123  456", "123456"},
        {"12 34 56", "123456"},
        {"123-456", "123456"},
        {"-123456", "123456"},
        {"1-2-3-4-5-6", "123456"},
        {"12/34/56", "123456"},
        {"G-123456", "123456"},
        {" g-123 456", "123456"},
        {"\u00a0123\u202f456\u3000", "123456"},             /* no-break, narrow, ideographic */
        {"123\u2013456", "123456"},                         /* en dash */
        {"123\u2212456", "123456"},                         /* minus sign */
        {"\u200e123\u2060456\u202c", "123456"},             /* marks of direction, word joiner */
        {"1\ufe0f2\ufe0f3\ufe0f456", "123456"},             /* variation selectors */
        {"\u0661\u0662\u0663\u0664\u0665\u0666", "123456"}, /* Arabic-Indic */
        {"\u06f1\u0968\u0e53\u1044\uff15\U0001d7ec", "123450"},
        {"\uff27\uff0d\uff11\uff12\uff13\uff14\uff15\uff16", "123456"}, /* full width */
    };
    static const char *const bad[] = {"",
                                      "12345",
                                      "1234567890123",
                                      "12345a",
                                      "+123456",
                                      "123456.",
                                      "(123456)",
                                      "../sms",
                                      "123456#",
                                      "G123456",
                                      "GG-123456",
                                      "G-G-123456",
                                      "123456G-",
                                      "H-123456",
                                      "G-",
                                      "123456\x01",
                                      "123456\x7f",
                                      "12345\u00b2",  /* superscript two: no decimal digit */
                                      "12345\u2465",  /* circled six */
                                      "12345\u0439",  /* a letter */
                                      "123456\u0301", /* a combining accent */
                                      "123456\xff",
                                      "123456\xd9"};
    const char *code;

    for (apr_size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(as_code_normalize(*state, good[i][0], &code), APR_SUCCESS);
        assert_string_equal(code, good[i][1]);
    }
    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        if (as_code_normalize(*state, bad[i], &code) != APR_EINVAL) {
            fail_msg("taken: %s", bad[i]);
        }
    }
}

static void digest_depends_on_the_code_id(void **state)
{
    const as_span_t one = {"one secret of 32 bytes for tests", 32},
                    two = {"another one of 32 bytes for them", 32};
    apr_array_header_t *secrets = apr_array_make(*state, 2, sizeof(as_span_t));
    const char *digest;

    APR_ARRAY_PUSH(secrets, as_span_t) = two;
    assert_int_equal(as_code_digest(*state, one, "row", "123456", &digest), APR_SUCCESS);
    assert_null(strstr(digest, "123456"));
    assert_false(as_code_matches(*state, secrets, "row", "123456", digest));
    APR_ARRAY_PUSH(secrets, as_span_t) = one;
    assert_true(as_code_matches(*state, secrets, "row", "123456", digest));
    assert_false(as_code_matches(*state, secrets, "row", "123457", digest));
    assert_false(as_code_matches(*state, secrets, "other", "123456", digest));
    assert_false(as_code_matches(*state, secrets, "row", "123456", ""));
}

/* 256 is no multiple of 10: the bytes that would favour some digits are left out. */
static apr_status_t counting_bytes(void *buf, apr_size_t n)
{
    static unsigned char next;

    for (apr_size_t i = 0; i < n; i++) {
        ((unsigned char *)buf)[i] = next++;
    }
    return APR_SUCCESS;
}

static void digits_are_uniformly_distributed(void **state)
{
    int counts[10] = {0};

    as_random_set_generator(counting_bytes);
    for (int i = 0; i < 250; i++) {
        const char *code;

        assert_int_equal(as_code_generate(*state, 10, &code), APR_SUCCESS);
        assert_int_equal(strlen(code), 10);
        for (int j = 0; j < 10; j++) {
            counts[code[j] - '0']++;
        }
    }
    as_random_set_generator(NULL);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(counts[i], 250);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(codes_are_normalized),
        POOL_TEST(digest_depends_on_the_code_id),
        POOL_TEST(digits_are_uniformly_distributed),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
