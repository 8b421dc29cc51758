/* SPDX-License-Identifier: Apache-2.0 */
#include "token_support.h"

#include "jose/claims.h"

#define NOW APR_INT64_C(1795425060000000) /* 2026-11-23T09:11:00Z */
#define S APR_USEC_PER_SEC

typedef struct case_t {
    const char *claims; /* JSON without braces, after "sub":"u" */
    as_error_t error;
} case_t;

/* Read and hold against NOW; the stage that refuses tells. */
static as_error_t judge(apr_pool_t *p, const as_claims_policy_t *policy, const char *json,
                        as_claims_t *claims)
{
    as_json_view_t view;
    const char *why = NULL;
    as_error_t error;

    if (as_json_view_parse(p, json, strlen(json), &view) != APR_SUCCESS) {
        fail_msg("not JSON: %s", json);
    }
    error = as_claims_read(p, policy, &view, claims, &why);
    if (error == AS_OK) {
        error = as_claims_check_times(policy, claims, NOW, &why);
    }
    assert_true(error == AS_OK || why);
    return error;
}

static void judge_all(apr_pool_t *p, const as_claims_policy_t *policy, const case_t *cases,
                      apr_size_t n)
{
    as_claims_t claims;

    while (n--) {
        const char *json = apr_psprintf(p, "{\"sub\":\"u\",%s}", cases[n].claims);
        as_error_t error = judge(p, policy, json, &claims);

        if (error != cases[n].error) {
            fail_msg("%s: %s", json, error ? as_error_code(error) : "taken");
        }
    }
}

/* NOW is 1795425060 s. */
static const case_t dates[] = {
    {"\"x\":1", AS_OK},
    {"\"exp\":1795425061", AS_OK},
    {"\"exp\":1795425060", AS_E_EXPIRED_TOKEN},
    {"\"exp\":1795425059", AS_E_EXPIRED_TOKEN},
    {"\"exp\":1795425060.000001", AS_OK},
    {"\"exp\":1795425059.999999", AS_E_EXPIRED_TOKEN},
    {"\"exp\":1.795425061e9", AS_OK},
    {"\"exp\":1795425061000e-3", AS_OK},
    {"\"exp\":0", AS_E_EXPIRED_TOKEN},
    {"\"exp\":0.0000001", AS_E_EXPIRED_TOKEN},
    {"\"exp\":-0.0", AS_E_EXPIRED_TOKEN},
    {"\"exp\":253402300799", AS_OK},
    {"\"exp\":253402300800", AS_E_INVALID_TOKEN},
    {"\"exp\":1e300", AS_E_INVALID_TOKEN},
    {"\"exp\":1e999", AS_E_INVALID_TOKEN},
    {"\"exp\":-1e300", AS_E_INVALID_TOKEN},
    {"\"exp\":9223372036854775807", AS_E_INVALID_TOKEN},
    {"\"exp\":18446744073709551615", AS_E_INVALID_TOKEN},
    {"\"exp\":99999999999999999999999", AS_E_INVALID_TOKEN},
    {"\"exp\":-1", AS_E_INVALID_TOKEN},
    {"\"exp\":-0.5", AS_E_INVALID_TOKEN},
    {"\"exp\":\"1795425061\"", AS_E_INVALID_TOKEN},
    {"\"exp\":null", AS_E_INVALID_TOKEN},
    {"\"exp\":true", AS_E_INVALID_TOKEN},
    {"\"exp\":[1795425061]", AS_E_INVALID_TOKEN},
    {"\"exp\":{}", AS_E_INVALID_TOKEN},
    {"\"nbf\":1795425060", AS_OK},
    {"\"nbf\":1795425060.000001", AS_E_INVALID_TOKEN},
    {"\"nbf\":1795425061", AS_E_INVALID_TOKEN},
    {"\"nbf\":1e300", AS_E_INVALID_TOKEN},
    {"\"nbf\":null", AS_E_INVALID_TOKEN},
    {"\"nbf\":\"0\"", AS_E_INVALID_TOKEN},
    {"\"nbf\":0", AS_OK},
    {"\"iat\":1795425120", AS_OK},
    {"\"iat\":1795425120.5", AS_E_INVALID_TOKEN},
    {"\"iat\":1795425121", AS_E_INVALID_TOKEN},
    {"\"iat\":null", AS_E_INVALID_TOKEN},
    {"\"iat\":\"2026\"", AS_E_INVALID_TOKEN},
    {"\"iat\":0", AS_OK},
    {"\"dateLogOn\":\"2016-03-01T10:20:30.400Z\"", AS_OK},
    {"\"dateLogOn\":\"1970-01-01T00:00:00.000Z\"", AS_OK},
    {"\"dateLogOn\":\"2026-11-23T09:13:00.000Z\"", AS_E_INVALID_TOKEN},
    {"\"dateLogOn\":\"yesterday\"", AS_E_INVALID_TOKEN},
    {"\"dateLogOn\":\"\"", AS_E_INVALID_TOKEN},
    {"\"dateLogOn\":1456827630", AS_E_INVALID_TOKEN},
    {"\"dateLogOn\":null", AS_E_INVALID_TOKEN},
};

static void dates_are_checked(void **state)
{
    const as_claims_policy_t policy = {0};

    judge_all(*state, &policy, dates, COUNT(dates));
}

static void leeway_applies_to_exp_and_nbf(void **state)
{
    static const case_t cases[] = {
        {"\"exp\":1795425051", AS_OK},
        {"\"exp\":1795425050", AS_E_EXPIRED_TOKEN},
        {"\"nbf\":1795425070", AS_OK},
        {"\"nbf\":1795425071", AS_E_INVALID_TOKEN},
        {"\"iat\":1795425121", AS_E_INVALID_TOKEN},
        {"\"exp\":253402300799", AS_OK},
    };
    const as_claims_policy_t policy = {.leeway = 10 * S};

    judge_all(*state, &policy, cases, COUNT(cases));
}

static void issuer_and_audience_must_match(void **state)
{
    static const case_t cases[] = {
        {"\"iss\":\"us\",\"aud\":\"app\"", AS_OK},
        {"\"iss\":\"us\",\"aud\":[\"app\"]", AS_OK},
        {"\"iss\":\"us\",\"aud\":[\"other\",\"app\"]", AS_OK},
        {"\"iss\":\"us\",\"aud\":[]", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":[\"app\",1]", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":[\"app\",null]", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":[[\"app\"]]", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":{\"app\":1}", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":\"apple\"", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":\"App\"", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\",\"aud\":null", AS_E_INVALID_TOKEN},
        {"\"iss\":\"us\"", AS_E_INVALID_TOKEN},
        {"\"iss\":\"them\",\"aud\":\"app\"", AS_E_INVALID_TOKEN},
        {"\"iss\":[\"us\"],\"aud\":\"app\"", AS_E_INVALID_TOKEN},
        {"\"iss\":\"\",\"aud\":\"app\"", AS_E_INVALID_TOKEN},
        {"\"iss\":null,\"aud\":\"app\"", AS_E_INVALID_TOKEN},
        {"\"aud\":\"app\"", AS_E_INVALID_TOKEN},
    };
    static const case_t free_cases[] = {
        {"\"iss\":1,\"aud\":{}", AS_OK},
        {"\"aud\":\"somebody\"", AS_OK},
    };
    const as_claims_policy_t policy = {.issuer = "us", .audience = "app"};
    const as_claims_policy_t free_policy = {0};

    judge_all(*state, &policy, cases, COUNT(cases));
    judge_all(*state, &free_policy, free_cases, COUNT(free_cases));
}

static void required_claims_must_be_present(void **state)
{
    static const case_t cases[] = {
        {"\"exp\":1795425061,\"role\":\"\"", AS_OK},
        {"\"exp\":1795425061,\"role\":false", AS_OK},
        {"\"exp\":1795425061,\"role\":null", AS_E_INVALID_TOKEN},
        {"\"exp\":1795425061", AS_E_INVALID_TOKEN},
        {"\"role\":1", AS_E_INVALID_TOKEN},
    };
    apr_array_header_t *names = apr_array_make(*state, 2, sizeof(const char *));
    const as_claims_policy_t policy = {.required = names};

    APR_ARRAY_PUSH(names, const char *) = "exp";
    APR_ARRAY_PUSH(names, const char *) = "role";
    judge_all(*state, &policy, cases, COUNT(cases));
}

static const struct {
    const char *json;
    const char *id; /* NULL: refused */
    const char *sid;
} subjects[] = {
    {"{\"sub\":\"a\"}", "a", NULL},
    {"{\"id\":\"a\"}", "a", NULL},
    {"{\"id\":\"a\",\"sub\":\"a\",\"sid\":\"s\"}", "a", "s"},
    {"{\"id\":\"a\",\"sub\":\"b\"}", NULL, NULL},
    {"{\"id\":\"a\",\"sub\":\"A\"}", NULL, NULL},
    {"{\"id\":1,\"sub\":\"1\"}", NULL, NULL},
    {"{\"id\":null,\"sub\":\"a\"}", NULL, NULL},
    {"{\"id\":\"a\",\"sub\":null}", NULL, NULL},
    {"{\"sub\":\"\"}", NULL, NULL},
    {"{\"sub\":[\"a\"]}", NULL, NULL},
    {"{\"sub\":\"a\\n\"}", NULL, NULL},
    {"{\"sub\":\"\\u0001a\"}", NULL, NULL},
    {"{\"sub\":\"a\x7f\"}", NULL, NULL},
    {"{\"sub\":\"a\\u007f\"}", NULL, NULL},
    {"{\"sub\":\"a\\\\n\\u0020\"}", "a\\n ", NULL},
    {"{\"sub\":\"\xc2\x85\"}", "\xc2\x85", NULL},
    {"{\"id\":\"a\\r\"}", NULL, NULL},
    {"{\"sub\":\"a\",\"sid\":\"s\\t\"}", NULL, NULL},
    {"{\"sid\":\"s\"}", NULL, NULL},
    {"{}", NULL, NULL},
    {"{\"sub\":\"a\",\"sid\":\"\"}", NULL, NULL},
    {"{\"sub\":\"a\",\"sid\":7}", NULL, NULL},
    {"{\"sub\":\"a\",\"sid\":null}", NULL, NULL},
};

static void reads_the_account_id_and_session(void **state)
{
    const as_claims_policy_t policy = {0};
    as_claims_t claims;
    apr_size_t i;

    for (i = 0; i < COUNT(subjects); i++) {
        as_error_t error = judge(*state, &policy, subjects[i].json, &claims);

        if ((error == AS_OK) != (subjects[i].id != NULL)) {
            fail_msg("%s", subjects[i].json);
        }
        if (error == AS_OK) {
            assert_string_equal(claims.id, subjects[i].id);
            assert_string_equal(claims.sid ? claims.sid : "",
                                subjects[i].sid ? subjects[i].sid : "");
        }
    }
}

static void reads_dates_of_all_claims(void **state)
{
    const as_claims_policy_t policy = {0};
    as_claims_t claims;

    judge(*state, &policy,
          "{\"sub\":\"u\",\"exp\":1795425061.25,\"nbf\":1795425000,\"iat\":1795425001,"
          "\"dateLogOn\":\"2016-03-01T10:20:30.400Z\"}",
          &claims);
    assert_int_equal(claims.expires, NOW + S + S / 4);
    assert_int_equal(claims.not_before, NOW - 60 * S);
    assert_int_equal(claims.issued, NOW - 59 * S);
    judge(*state, &policy, "{\"id\":\"u\",\"dateLogOn\":\"2016-03-01T10:20:30.400Z\"}", &claims);
    assert_int_equal(claims.issued, APR_INT64_C(1456827630400000));
    assert_int_equal(claims.expires, 0);
    assert_int_equal(claims.not_before, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(dates_are_checked),
        POOL_TEST(leeway_applies_to_exp_and_nbf),
        POOL_TEST(issuer_and_audience_must_match),
        POOL_TEST(required_claims_must_be_present),
        POOL_TEST(reads_the_account_id_and_session),
        POOL_TEST(reads_dates_of_all_claims),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
