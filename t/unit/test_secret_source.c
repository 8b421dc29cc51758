/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords, secret sources, and the gate in front of slow work. */
#include "token_support.h"

#include <apr_file_io.h>
#include <apr_thread_proc.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/semaphore.h"
#include "account/password.h"
#include "base/secret_source.h"

static const as_password_hash_options_t cheap = {4};

/* ---- passwords ---- */

/* Made by other implementations. */
static const struct {
    const char *password, *hash;
} vectors[] = {
    {"", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."},
    {"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"},
    {"abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"},
    {"U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {"U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {"\xff\xff\xa3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
};

static void published_hashes_match(void **state)
{
    (void)state;
    for (apr_size_t i = 0; i < COUNT(vectors); i++) {
        if (!as_password_matches(&cheap, vectors[i].password, vectors[i].hash)) {
            fail_msg("no match: number %d", (int)i);
        }
        assert_false(as_password_matches(&cheap, "another", vectors[i].hash));
    }
}

static void hashes_are_made(void **state)
{
    static const char *const words[] = {
        "x", "correct horse battery staple", "\xf0\x9f\x98\x80\xc3\xa9 \t",
        "123456789012345678901234567890123456789012345678901234567890123456789012"};

    for (apr_size_t i = 0; i < COUNT(words); i++) {
        const char *one, *two;

        assert_int_equal(as_password_hash(*state, &cheap, words[i], &one), APR_SUCCESS);
        assert_int_equal(as_password_hash(*state, &cheap, words[i], &two), APR_SUCCESS);
        assert_int_equal(strlen(one), 60);
        assert_int_equal(strncmp(one, "$2y$04$", 7), 0);
        assert_string_not_equal(one, two);
        assert_true(as_password_matches(&cheap, words[i], one));
        assert_false(as_password_matches(&cheap, apr_pstrcat(*state, words[i], "x", NULL), one));
        assert_false(as_password_matches(&cheap, words[i] + 1, one));
        assert_false(as_password_needs_rehash(&cheap, one));
        assert_true(as_password_needs_rehash(&(as_password_hash_options_t){5}, one));
    }
}

static void nothing_else_ever_matches(void **state)
{
    static const char *const stored[] = {
        NULL,
        "",
        "*0",
        "x",
        "plain",
        "$2b$12$incorrect",
        "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "$apr1$x$y",
        "$1$abc$def",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2z$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW1",
        "$2y$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2y$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW.",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeWW",
        "$2y$05$CCCCCCCCCCCCCCCCCCCC!.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    };
    static const char *const words[] = {"", "U*U", "x", "plain", "*0"};

    (void)state;
    for (apr_size_t i = 0; i < COUNT(stored); i++) {
        for (apr_size_t j = 0; j < COUNT(words); j++) {
            assert_false(as_password_matches(&cheap, words[j], stored[i]));
        }
        assert_true(!stored[i] || as_password_needs_rehash(&cheap, stored[i]));
    }
}

/* What a login costs does not tell whether the name is known. */
static void nobody_costs_as_much_as_somebody(void **state)
{
    const as_password_hash_options_t dear = {8};
    const char *stored, *older;                     /* from before AuthSMSPasswordHash was raised */
    clock_t known = 0, old = 0, unknown = 0, start; /* of this process: others do not matter */

    assert_int_equal(as_password_hash(*state, &dear, "right", &stored), APR_SUCCESS);
    assert_int_equal(as_password_hash(*state, &cheap, "right", &older), APR_SUCCESS);
    for (int i = 0; i < 20; i++) {
        start = clock();
        as_password_matches(&dear, "wrong", stored);
        known += clock() - start;
        start = clock();
        as_password_matches(&dear, "wrong", older);
        old += clock() - start;
        start = clock();
        as_password_matches(&dear, "wrong", NULL);
        unknown += clock() - start;
    }
    assert_in_range(unknown, known / 2, known * 2);
    assert_in_range(unknown, old / 2, old * 2);
}

static void long_passwords_are_refused(void **state)
{
    char word[AS_PASSWORD_BYTES_MAX + 2];
    const char *hash;

    memset(word, 'a', sizeof(word));
    word[AS_PASSWORD_BYTES_MAX + 1] = '\0';
    assert_int_equal(as_password_hash(*state, &cheap, word, &hash), APR_EINVAL);
    word[AS_PASSWORD_BYTES_MAX] = '\0';
    assert_int_equal(as_password_hash(*state, &cheap, word, &hash), APR_SUCCESS);
    word[AS_PASSWORD_BYTES_MAX] = 'b';
    assert_false(as_password_matches(&cheap, word, hash));
}

static void policy_says_why(void **state)
{
    static const char *const common[] = {"12345678", "Jennifer", "Chocolate", "88888888",
                                         "21212121", "TestTest", "abcdefgh",  "987654321"};
    as_password_policy_t policy = {8, 72, NULL};
    const char *error;

    assert_int_equal(as_blocklist_read(*state, AS_BLOCKLIST, &policy.list, &error), APR_SUCCESS);
    assert_null(as_password_policy_check(*state, &policy, "correct horse", "alice", "+447700900123",
                                         "App"));
    assert_null(as_password_policy_check(*state, &policy, "my password is long", NULL, NULL, NULL));
    assert_null(as_password_policy_check(
        *state, &policy,
        "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0"
        "\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
        NULL, NULL, NULL));
    assert_non_null(strstr(as_password_policy_check(*state, &policy, "1234567", NULL, NULL, NULL),
                           "8 characters"));
    assert_non_null(
        strstr(as_password_policy_check(*state, &policy, "PassWord1", NULL, NULL, NULL), "common"));
    for (apr_size_t i = 0; i < COUNT(common); i++) {
        const char *why = as_password_policy_check(*state, &policy, common[i], NULL, NULL, NULL);

        if (!why || !strstr(why, "common")) {
            fail_msg("taken: %s", common[i]);
        }
    }
    assert_non_null(
        as_password_policy_check(*state, &policy, "WonderLand", "wonderland", NULL, NULL));
    assert_non_null(
        as_password_policy_check(*state, &policy, "07700900123", NULL, "+447700900123", NULL));
    assert_non_null(
        as_password_policy_check(*state, &policy, "+447700900123", NULL, "+447700900123", NULL));
    assert_non_null(
        as_password_policy_check(*state, &policy, "Example App", NULL, NULL, "example app"));
    policy.list = as_blocklist_empty();
    assert_null(as_password_policy_check(*state, &policy, "password1", NULL, NULL, NULL));
    assert_int_not_equal(as_blocklist_read(*state, "/nowhere", &policy.list, &error), APR_SUCCESS);
    assert_int_not_equal(as_blocklist_read(*state, "/tmp", &policy.list, &error), APR_SUCCESS);
}

/* ---- secret sources ---- */

static const char *write_file(apr_pool_t *p, const char *text, apr_size_t len)
{
    char *path = apr_pstrdup(p, "/tmp/authsms-secret-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (long)len);
    close(fd);
    return path;
}

static const char *read_text(apr_pool_t *p, const char *source, as_secret_source_kind_t kind)
{
    as_span_t secret;
    const char *error;

    return as_secret_source_read(p, source, "/tmp", kind, &secret, &error) == APR_SUCCESS
               ? apr_pstrmemdup(p, secret.data, secret.len)
               : apr_pstrcat(p, "ERROR ", error, NULL);
}

static void sources_are_read(void **state)
{
    apr_pool_t *p = *state;
    const char *file = write_file(p, "from a file\r\n", 13);

    setenv("AUTHSMS_UNIT", "from the environment", 1);
    assert_string_equal(read_text(p, "literal", AS_SECRET_SOURCE_TEXT), "literal");
    assert_string_equal(read_text(p, "env:AUTHSMS_UNIT", AS_SECRET_SOURCE_TEXT),
                        "from the environment");
    assert_string_equal(read_text(p, apr_pstrcat(p, "file:", file, NULL), AS_SECRET_SOURCE_TEXT),
                        "from a file");
    assert_string_equal(
        read_text(p, apr_pstrcat(p, "file:", file + 5, NULL), AS_SECRET_SOURCE_TEXT),
        "from a file");
    assert_string_equal(read_text(p, "exec:/bin/echo two  words", AS_SECRET_SOURCE_TEXT),
                        "two words");
    assert_string_equal(read_text(p, "exec:/usr/bin/printf a\\nb", AS_SECRET_SOURCE_TEXT), "a");
    assert_string_equal(read_text(p, "exec:/usr/bin/printf a\\nb", AS_SECRET_SOURCE_WHOLE), "a\nb");
    assert_string_equal(read_text(p, "exec:/usr/bin/printf a\\nb", AS_SECRET_SOURCE_HMAC), "a");
    assert_string_equal(read_text(p, "exec:/usr/bin/printf {\\n}\\n", AS_SECRET_SOURCE_HMAC),
                        "{\n}\n");
    assert_string_equal(read_text(p, "exec:/usr/bin/printf {\\n}\\n", AS_SECRET_SOURCE_TEXT), "{");
    assert_string_equal(read_text(p, "exec:/usr/bin/printf {\\n\\377\\n", AS_SECRET_SOURCE_HMAC),
                        "{");
    assert_string_equal(read_text(p, "hex:616263", AS_SECRET_SOURCE_HMAC), "abc");
    assert_string_equal(read_text(p, "base64:YWJj", AS_SECRET_SOURCE_HMAC), "abc");
    assert_string_equal(read_text(p, "base64:YQ==", AS_SECRET_SOURCE_HMAC), "a");
    assert_string_equal(read_text(p, "hex:616263", AS_SECRET_SOURCE_TEXT), "hex:616263");
    unlink(file);
}

static void broken_sources_are_told_without_their_value(void **state)
{
    apr_pool_t *p = *state;
    char *large = apr_palloc(p, AS_SECRET_SOURCE_MAX + 1);
    const char *file;
    static const char *const sources[] = {
        "env:AUTHSMS_NOT_SET", "file:/nowhere", "file:/tmp", "exec:echo x", "exec:/nowhere",
        "exec:/bin/false",     "exec:",         "",          "file:",       "env:",
        "exec:/usr/bin/yes",
    };

    unsetenv("AUTHSMS_NOT_SET");
    for (apr_size_t i = 0; i < COUNT(sources); i++) {
        if (strncmp(read_text(p, sources[i], AS_SECRET_SOURCE_TEXT), "ERROR ", 6) != 0) {
            fail_msg("taken: %s", sources[i]);
        }
    }
    assert_null(strstr(read_text(p, "hex:canary", AS_SECRET_SOURCE_HMAC), "canary"));
    assert_null(strstr(read_text(p, "base64:!canary", AS_SECRET_SOURCE_HMAC), "canary"));
    assert_int_equal(strncmp(read_text(p, "two\nlines", AS_SECRET_SOURCE_TEXT), "ERROR ", 6), 0);
    memset(large, 'x', AS_SECRET_SOURCE_MAX + 1);
    file = write_file(p, large, AS_SECRET_SOURCE_MAX + 1);
    assert_int_equal(
        strncmp(read_text(p, apr_pstrcat(p, "file:", file, NULL), AS_SECRET_SOURCE_WHOLE), "ERROR ",
                6),
        0);
    unlink(file);
}

/* What follows a NUL belongs to the secret: it must neither vanish nor pass as text. */
static void nothing_is_cut_at_a_nul(void **state)
{
    apr_pool_t *p = *state;
    const char *bytes = write_file(p, "abc\0def\nmore", 12);
    const char *hex = write_file(p,
                                 "hex:6162\0"
                                 "63",
                                 11);
    const char *printed = apr_pstrcat(p, "exec:/bin/cat ", bytes, NULL);
    as_span_t secret;
    const char *error;

    assert_int_equal(
        as_secret_source_read(p, printed, "/tmp", AS_SECRET_SOURCE_TEXT, &secret, &error),
        APR_EINVAL);
    assert_int_equal(
        as_secret_source_read(p, printed, "/tmp", AS_SECRET_SOURCE_HMAC, &secret, &error),
        APR_SUCCESS);
    assert_int_equal(secret.len, 7);
    assert_memory_equal(secret.data, "abc\0def", 7);
    assert_int_equal(as_secret_source_read(p, apr_pstrcat(p, "file:", hex, NULL), "/tmp",
                                           AS_SECRET_SOURCE_HMAC, &secret, &error),
                     APR_EINVAL);
    unlink(bytes);
    unlink(hex);
}

/* Every word reaches the program. */
static void programs_get_all_their_words(void **state)
{
    const char *source = "exec:/bin/echo";
    const char *words;

    for (int i = 0; i < 200; i++) {
        source = apr_pstrcat(*state, source, " w", NULL);
    }
    words = read_text(*state, source, AS_SECRET_SOURCE_TEXT);
    assert_int_equal(strlen(words), 399);
}

/* Ten seconds in all: for one that prints now and then, and one that prints no more but stays. */
typedef struct lingering_t {
    const char *script;
    int refused_in_time;
} lingering_t;

static void *APR_THREAD_FUNC linger(apr_thread_t *thread, void *data)
{
    lingering_t *l = data;
    apr_time_t start = apr_time_now();
    const char *path, *got;
    apr_pool_t *p;

    (void)thread;
    apr_pool_create_unmanaged(&p);
    path = write_file(p, l->script, strlen(l->script));
    got = read_text(p, apr_pstrcat(p, "exec:/bin/sh ", path, NULL), AS_SECRET_SOURCE_TEXT);
    unlink(path);
    l->refused_in_time =
        strncmp(got, "ERROR ", 6) == 0 && apr_time_now() - start < apr_time_from_sec(15);
    apr_pool_destroy(p);
    return NULL;
}

static void programs_end_in_time(void **state)
{
    lingering_t all[] = {
        {"for i in 1 2 3 4 5 6; do printf x; sleep 4; done\n", 0},
        {"echo x; exec >&-; sleep 30\n", 0},
    };
    apr_thread_t *threads[COUNT(all)];

    for (apr_size_t i = 0; i < COUNT(all); i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, linger, &all[i], *state),
                         APR_SUCCESS);
    }
    for (apr_size_t i = 0; i < COUNT(all); i++) {
        apr_status_t rv;

        apr_thread_join(&rv, threads[i]);
        assert_true(all[i].refused_in_time);
    }
}

static void keys_are_derived(void **state)
{
    as_span_t a, b, c;
    const as_span_t key = {"0123456789abcdef0123456789abcdef", 32};
    const char *digest;

    assert_int_equal(as_hkdf_derive(*state, key, "one", &a), APR_SUCCESS);
    assert_int_equal(as_hkdf_derive(*state, key, "one", &b), APR_SUCCESS);
    assert_int_equal(as_hkdf_derive(*state, key, "two", &c), APR_SUCCESS);
    assert_int_equal(a.len, 32);
    assert_memory_equal(a.data, b.data, 32);
    assert_memory_not_equal(a.data, c.data, 32);
    /* RFC 4231, test case 2 */
    assert_int_equal(as_mac_sha256_base64url(*state, (as_span_t){"Jefe", 4},
                                             "what do ya want for nothing?", &digest),
                     APR_SUCCESS);
    assert_string_equal(digest, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

/* ---- the gate ---- */

static as_semaphore_t *gate;
static volatile apr_uint32_t inside, most;

static void *APR_THREAD_FUNC pass(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    for (int i = 0; i < 200; i++) {
        if (as_semaphore_acquire(gate, apr_time_from_sec(10)) == APR_SUCCESS) {
            apr_uint32_t now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);

            if (now > most) {
                most = now;
            }
            apr_sleep(10);
            __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
            as_semaphore_release(gate);
        }
    }
    return NULL;
}

static void the_gate_holds(void **state)
{
    apr_thread_t *threads[8];
    apr_time_t start;

    assert_int_equal(as_semaphore_create(*state, 2, &gate), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_TIMEUP);
    start = apr_time_now();
    assert_int_equal(as_semaphore_acquire(gate, 50000), APR_TIMEUP);
    assert_in_range(apr_time_now() - start, 45000, 2000000);
    as_semaphore_release(gate);
    as_semaphore_release(gate);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(apr_thread_create(&threads[i], NULL, pass, NULL, *state), APR_SUCCESS);
    }
    for (int i = 0; i < 8; i++) {
        apr_status_t rv;

        apr_thread_join(&rv, threads[i]);
    }
    assert_int_equal(most, 2);
    assert_int_equal(inside, 0);
}

/* ---- the gate, while the time of day is set ---- */

static apr_interval_time_t ahead; /* the time of day, of the kernel's */

/* In the place of APR's own, for APR too. */
__attribute__((visibility("default"))) APR_DECLARE(apr_time_t) apr_time_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return apr_time_from_sec(t.tv_sec) + t.tv_nsec / 1000 + ahead;
}

static _Atomic int has_waited;

static void *APR_THREAD_FUNC wait_at_the_gate(apr_thread_t *thread, void *data)
{
    (void)thread;
    *(apr_status_t *)data = as_semaphore_acquire(gate, 50000);
    has_waited = 1;
    return NULL;
}

/* The clock is set back by an hour between the reading of it and the wait. */
static void the_gate_ignores_the_time_of_day(void **state)
{
    apr_status_t entered = APR_SUCCESS, rv;
    apr_thread_t *thread;

    assert_int_equal(as_semaphore_create(*state, 1, &gate), APR_SUCCESS);
    assert_int_equal(as_semaphore_acquire(gate, 0), APR_SUCCESS);
    ahead = apr_time_from_sec(3600);
    assert_int_equal(apr_thread_create(&thread, NULL, wait_at_the_gate, &entered, *state),
                     APR_SUCCESS);
    for (int i = 0; i < 300 && !has_waited; i++) {
        usleep(10000);
    }
    ahead = 0;
    as_semaphore_release(gate);
    apr_thread_join(&rv, thread);
    assert_int_equal(entered, APR_TIMEUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(published_hashes_match),
        POOL_TEST(hashes_are_made),
        POOL_TEST(nothing_else_ever_matches),
        POOL_TEST(nobody_costs_as_much_as_somebody),
        POOL_TEST(long_passwords_are_refused),
        POOL_TEST(policy_says_why),
        POOL_TEST(sources_are_read),
        POOL_TEST(broken_sources_are_told_without_their_value),
        POOL_TEST(nothing_is_cut_at_a_nul),
        POOL_TEST(programs_get_all_their_words),
        POOL_TEST(programs_end_in_time),
        POOL_TEST(keys_are_derived),
        POOL_TEST(the_gate_holds),
        POOL_TEST(the_gate_ignores_the_time_of_day),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
