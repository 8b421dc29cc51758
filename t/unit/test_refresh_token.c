/* SPDX-License-Identifier: Apache-2.0 */
/* Refresh tokens: which texts are tokens, and their successors. */
#include "token_support.h"

#include "account/refresh_token.h"
#include "base/base64url.h"
#include "base/random.h"

#define SID "01a20aac-b643-7e2d-82b9-ddd2514db03f"
enum { TEXT_LEN = 86, TOKEN_BYTES = 64 };

static const char NEW[] = "the first AuthSMSSecret, 32 bytes";
static const char OLD[] = "an older AuthSMSSecret, 32 bytes.";

static const apr_array_header_t *secrets_of(apr_pool_t *p, const char *a, const char *b)
{
    apr_array_header_t *secrets = apr_array_make(p, 2, sizeof(as_span_t));

    APR_ARRAY_PUSH(secrets, as_span_t) = span(a);
    if (b) {
        APR_ARRAY_PUSH(secrets, as_span_t) = span(b);
    }
    return secrets;
}

static as_refresh_token_t generate(apr_pool_t *p, const char *secret)
{
    as_refresh_token_t token;

    assert_int_equal(as_refresh_token_generate(p, span(secret), SID, &token), APR_SUCCESS);
    return token;
}

static as_refresh_token_t derive(apr_pool_t *p, const char *secret, const as_refresh_token_t *spent)
{
    as_refresh_token_t token;

    assert_int_equal(as_refresh_token_derive(p, span(secret), spent, &token), APR_SUCCESS);
    return token;
}

static void assert_same(const as_refresh_token_t *a, const as_refresh_token_t *b)
{
    assert_string_equal(a->text, b->text);
    assert_string_equal(a->sid, b->sid);
    assert_string_equal(a->hash, b->hash);
}

static void tokens_are_parsed(void **state)
{
    apr_pool_t *p = *state;
    const apr_array_header_t *both = secrets_of(p, NEW, OLD);
    as_refresh_token_t token = generate(p, NEW), other = generate(p, NEW), parsed;

    assert_int_equal(strlen(token.text), TEXT_LEN);
    assert_string_equal(token.sid, SID);
    assert_int_equal(strlen(token.hash), 43);
    assert_string_not_equal(token.text, other.text);
    assert_string_not_equal(token.hash, other.hash);
    assert_null(strstr(token.text, token.hash));
    assert_int_equal(as_refresh_token_parse(p, both, token.text, &parsed), APR_SUCCESS);
    assert_same(&parsed, &token);

    token = generate(p, OLD);
    assert_int_equal(as_refresh_token_parse(p, both, token.text, &parsed), APR_SUCCESS);
    assert_same(&parsed, &token);
    assert_int_equal(as_refresh_token_parse(p, secrets_of(p, NEW, NULL), token.text, &parsed),
                     APR_EINVAL);
}

static void other_texts_are_not(void **state)
{
    apr_pool_t *p = *state;
    const apr_array_header_t *secrets = secrets_of(p, NEW, OLD);
    as_refresh_token_t token = generate(p, NEW), parsed;
    const char *const bad[] = {
        "",
        "x",
        "JWT eyJhbGciOiJIUzI1NiJ9.e30.x",
        apr_pstrcat(p, token.text, "A", NULL),
        apr_pstrcat(p, token.text, "=", NULL),
        apr_pstrcat(p, " ", token.text + 1, NULL),
        token.text + 1,
        apr_pstrmemdup(p, token.text, TEXT_LEN - 1),
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };

    for (apr_size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(as_refresh_token_parse(p, secrets, bad[i], &parsed), APR_EINVAL);
    }
    /* Each bit counts: session id, secret and tag. */
    for (int i = 0; i < TOKEN_BYTES * 8; i++) {
        as_span_t bytes;
        char *copy;

        assert_int_equal(as_base64url_decode(p, token.text, TEXT_LEN, &bytes), APR_SUCCESS);
        assert_int_equal(bytes.len, TOKEN_BYTES);
        copy = apr_pmemdup(p, bytes.data, bytes.len);
        copy[i / 8] = (char)(copy[i / 8] ^ (1 << i % 8));
        assert_int_equal(
            as_refresh_token_parse(p, secrets, as_base64url_encode(p, copy, bytes.len), &parsed),
            APR_EINVAL);
    }
}

static void successors_can_be_derived_again(void **state)
{
    apr_pool_t *p = *state;
    as_refresh_token_t first = generate(p, NEW);
    as_refresh_token_t second = derive(p, NEW, &first), again = derive(p, NEW, &first);
    as_refresh_token_t third = derive(p, NEW, &second), by_old = derive(p, OLD, &first), parsed;

    assert_same(&second, &again);
    assert_string_equal(second.sid, SID);
    assert_string_not_equal(second.hash, first.hash);
    assert_string_not_equal(third.hash, second.hash);
    assert_string_not_equal(by_old.hash, second.hash);
    assert_int_equal(as_refresh_token_parse(p, secrets_of(p, NEW, NULL), third.text, &parsed),
                     APR_SUCCESS);
    assert_same(&parsed, &third);
}

static apr_status_t no_random_bytes(void *buf, apr_size_t n)
{
    (void)buf;
    (void)n;
    return APR_EGENERAL;
}

static void no_token_without_random_bytes(void **state)
{
    as_refresh_token_t token;

    as_random_set_generator(no_random_bytes);
    assert_int_equal(as_refresh_token_generate(*state, span(NEW), SID, &token), APR_EGENERAL);
    as_random_set_generator(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(tokens_are_parsed),
        POOL_TEST(other_texts_are_not),
        POOL_TEST(successors_can_be_derived_again),
        POOL_TEST(no_token_without_random_bytes),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
