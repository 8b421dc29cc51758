/* SPDX-License-Identifier: Apache-2.0 */
/* Secret sources: file, environment, program. */
#include "token_support.h"

#include <apr_file_io.h>
#include <apr_thread_proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hkdf.h"
#include "base/mac.h"
#include "base/secret_source.h"

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

static void reads_every_kind_of_source(void **state)
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

static void errors_do_not_show_the_value(void **state)
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
static void nul_does_not_truncate_a_secret(void **state)
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
static void programs_get_all_arguments(void **state)
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

static void slow_programs_are_killed(void **state)
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

static void derives_keys(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(reads_every_kind_of_source),     POOL_TEST(errors_do_not_show_the_value),
        POOL_TEST(nul_does_not_truncate_a_secret), POOL_TEST(programs_get_all_arguments),
        POOL_TEST(slow_programs_are_killed),       POOL_TEST(derives_keys),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
