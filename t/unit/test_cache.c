/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include <string.h>

#include "base/cache.h"

enum { ENTRIES = 256, BYTES = 96, THREADS = 4, ROUNDS = 20000 };

static apr_pool_t *pool;
static as_cache_t *cache;

static int set_up(void **state)
{
    (void)state;
    apr_pool_create(&pool, NULL);
    return as_cache_create(pool, ENTRIES, BYTES, &cache);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static as_span_t span(const char *text)
{
    return (as_span_t){text, strlen(text)};
}

static void put(apr_uint64_t space, const char *key, const char *value)
{
    as_cache_put(cache, space, span(key), (as_span_t){value, strlen(value) + 1});
}

static const char *get(apr_uint64_t space, const char *key)
{
    as_span_t value = {NULL, 0};

    as_cache_get(cache, pool, space, span(key), &value);
    return value.data;
}

static void returns_stored_values(void **state)
{
    (void)state;
    assert_null(get(1, "key"));
    put(1, "key", "value");
    assert_string_equal(get(1, "key"), "value");
    put(1, "key", "other");
    assert_string_equal(get(1, "key"), "other");
}

static void distinguishes_spaces_and_keys(void **state)
{
    (void)state;
    put(1, "key", "value");
    assert_null(get(2, "key"));
    assert_null(get(1, "ke"));
    assert_null(get(1, "key2"));
    put(1, "a key that is longer than what is hashed of it", "one");
    put(1, "b key that is longer than what is hashed of it", "two");
    assert_string_equal(get(1, "a key that is longer than what is hashed of it"), "one");
    assert_string_equal(get(1, "b key that is longer than what is hashed of it"), "two");
    assert_null(get(1, "c key that is longer than what is hashed of it"));
    assert_null(get(1, ""));
    put(1, "", "nothing");
    assert_string_equal(get(1, ""), "nothing");
}

static void does_not_store_large_values(void **state)
{
    char large[BYTES];

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    put(1, "key", large);
    assert_null(get(1, "key"));
}

static void evicts_the_oldest_values(void **state)
{
    int found = 0;

    (void)state;
    for (int i = 0; i < 10 * ENTRIES; i++) {
        const char *key = apr_itoa(pool, i);

        put(1, key, key);
        assert_string_equal(get(1, key), key);
    }
    for (int i = 0; i < 10 * ENTRIES; i++) {
        found += get(1, apr_itoa(pool, i)) != NULL;
    }
    assert_in_range(found, ENTRIES / 2, ENTRIES);
}

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    apr_pool_t *p;
    int *wrong = data;

    (void)thread;
    apr_pool_create(&p, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const char *key = apr_itoa(p, i % (2 * ENTRIES));
        as_span_t value = {NULL, 0};

        as_cache_put(cache, 1, span(key), (as_span_t){key, strlen(key) + 1});
        if (as_cache_get(cache, p, 1, span(key), &value) == APR_SUCCESS) {
            *wrong += strcmp(value.data, key) != 0;
        }
    }
    apr_pool_destroy(p);
    return NULL;
}

static void threads_read_consistent_values(void **state)
{
    apr_thread_t *threads[THREADS];
    int wrong[THREADS] = {0};

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, hammer, &wrong[i], pool),
                         APR_SUCCESS);
    }
    for (int i = 0; i < THREADS; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, threads[i]);
        assert_int_equal(wrong[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(returns_stored_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(distinguishes_spaces_and_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_store_large_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(evicts_the_oldest_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_read_consistent_values, set_up, tear_down),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
