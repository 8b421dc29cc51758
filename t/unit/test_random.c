/* SPDX-License-Identifier: Apache-2.0 */
#include "token_support.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/uuid.h"

static apr_time_t at_rfc_example(void)
{
    return APR_INT64_C(0x017F22E279B0) * 1000; /* RFC 9562 A.6 */
}

static apr_status_t all_ones(void *buf, apr_size_t n)
{
    memset(buf, 0xff, n);
    return APR_SUCCESS;
}

static apr_status_t broken(void *buf, apr_size_t n)
{
    (void)buf, (void)n;
    return APR_EGENERAL;
}

static int set_back(void **state)
{
    as_clock_set(NULL);
    as_random_set_generator(NULL);
    return pool_down(state);
}

static void uuid_has_version_time_and_variant(void **state)
{
    const char *uuid;

    as_clock_set(at_rfc_example);
    as_random_set_generator(all_ones);
    assert_int_equal(as_uuid_generate(*state, &uuid), APR_SUCCESS);
    assert_string_equal(uuid, "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

static void each_value_is_different(void **state)
{
    const char *a, *b;
    char first[32], second[32];

    assert_int_equal(as_uuid_generate(*state, &a), APR_SUCCESS);
    assert_int_equal(as_uuid_generate(*state, &b), APR_SUCCESS);
    assert_true(as_uuid_is_valid(a) && as_uuid_is_valid(b));
    assert_string_not_equal(a, b);
    assert_int_equal(as_random_bytes(first, sizeof(first)), APR_SUCCESS);
    assert_int_equal(as_random_bytes(second, sizeof(second)), APR_SUCCESS);
    assert_memory_not_equal(first, second, sizeof(first));
}

static void broken_generator_returns_an_error(void **state)
{
    const char *text = NULL;
    char bytes[32];

    as_random_set_generator(broken);
    assert_int_equal(as_uuid_generate(*state, &text), APR_EGENERAL);
    assert_int_equal(as_random_bytes(bytes, sizeof(bytes)), APR_EGENERAL);
    assert_null(text);
}

static void accepts_only_uuid_texts(void **state)
{
    static const char *const bad[] = {
        "",
        "017f22e2",
        "017f22e279b07fffbfffffffffffffff",
        "017f22e2-79b0-7fff-bfff-fffffffffff",
        "017f22e2-79b0-7fff-bfff-fffffffffffff",
        "017f22e2-79b0-7fff-bfff-fffffffffffg",
        "017f22e2-79b0-7fff-bffff-fffffffffff",
        "{17f22e2-79b0-7fff-bfff-ffffffffffff",
        "017f22e2-79b0-7fff-bfff ffffffffffff",
        "507f1f77bcf86cd799439011",
    };
    apr_size_t i;

    (void)state;
    assert_true(as_uuid_is_valid("017f22e2-79b0-7fff-bfff-ffffffffffff"));
    assert_true(as_uuid_is_valid("017F22E2-79B0-7FFF-BFFF-FFFFFFFFFFFF"));
    for (i = 0; i < COUNT(bad); i++) {
        assert_false(as_uuid_is_valid(bad[i]));
    }
}

#define RANDOM_TEST(f) cmocka_unit_test_setup_teardown(f, pool_up, set_back)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RANDOM_TEST(uuid_has_version_time_and_variant),
        RANDOM_TEST(each_value_is_different),
        RANDOM_TEST(broken_generator_returns_an_error),
        RANDOM_TEST(accepts_only_uuid_texts),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
