/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_source.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_env.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/secret_literal.h"
#include "base/utf8.h"
#include "base/wipe.h"

enum { REASON_BYTES = 120 };

static const apr_interval_time_t EXEC_TIMEOUT = 10 * APR_USEC_PER_SEC;
static const apr_interval_time_t EXEC_POLL_INTERVAL = APR_USEC_PER_SEC / 100;

/* ---- the sources ---- */

static const char *read_env(apr_pool_t *p, const char *name, as_span_t *value)
{
    char *text = NULL;

    if (apr_env_get(&text, name, p) != APR_SUCCESS || !*text) {
        return apr_psprintf(p, "env:%s: the variable is not set or empty", name);
    }
    if (*text == '/' && as_secret_literal_is_file(p, text, NULL)) {
        return apr_psprintf(p, "env:%s: its value is the path of a file: write file: and that path",
                            name);
    }
    *value = as_wipe_copy(p, text, strlen(text));
    return NULL;
}

/* Read to the end of the file. APR_ENOSPC: more than AS_SECRET_SOURCE_MAX bytes. */
static apr_status_t read_all(apr_file_t *file, char *bytes, apr_size_t *len)
{
    apr_status_t rv = apr_file_read_full(file, bytes, AS_SECRET_SOURCE_MAX + 1, len);

    if (rv == APR_EOF || rv == APR_SUCCESS) {
        rv = *len > AS_SECRET_SOURCE_MAX ? APR_ENOSPC : APR_SUCCESS;
    }
    return rv;
}

static const char *read_file(apr_pool_t *p, const char *root, const char *name, as_span_t *value)
{
    char *bytes = apr_palloc(p, AS_SECRET_SOURCE_MAX + 1);
    char reason[REASON_BYTES];
    char *path = NULL;
    apr_size_t len = 0;
    apr_file_t *file;
    apr_status_t rv = apr_filepath_merge(&path, root, name, APR_FILEPATH_TRUENAME, p);

    if (rv == APR_SUCCESS) {
        rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, p);
    }
    if (rv == APR_SUCCESS) {
        rv = read_all(file, bytes, &len);
        apr_file_close(file);
    }
    if (rv == APR_SUCCESS) {
        len -= len && bytes[len - 1] == '\n';
        len -= len && bytes[len - 1] == '\r';
        *value = as_wipe_copy(p, bytes, len);
    }
    OPENSSL_cleanse(bytes, AS_SECRET_SOURCE_MAX + 1);
    return rv == APR_SUCCESS ? NULL
                             : apr_psprintf(p, "file:%s: cannot be read: %s", name,
                                            apr_strerror(rv, reason, sizeof(reason)));
}

static const char *const *split_words(apr_pool_t *p, const char *line)
{
    const char **argv = apr_palloc(p, (strlen(line) / 2 + 2) * sizeof(*argv));
    char *state;
    char *word = apr_strtok(apr_pstrdup(p, line), " ", &state);
    int count = 0;

    for (; word; word = apr_strtok(NULL, " ", &state)) {
        argv[count++] = word;
    }
    argv[count] = NULL;
    return argv;
}

/* Read to the end of the output, at most until the deadline. Otherwise as read_all. */
static apr_status_t read_output(apr_file_t *pipe, apr_time_t deadline, char *bytes, apr_size_t *len)
{
    apr_status_t rv = APR_SUCCESS;

    *len = 0;
    while (rv == APR_SUCCESS) {
        apr_interval_time_t rest = deadline - as_clock_monotonic();
        apr_size_t more = AS_SECRET_SOURCE_MAX + 1 - *len;

        rv = !more ? APR_ENOSPC : rest <= 0 ? APR_TIMEUP : apr_file_pipe_timeout_set(pipe, rest);
        if (rv == APR_SUCCESS) {
            rv = apr_file_read(pipe, bytes + *len, &more);
        }
        *len += rv == APR_SUCCESS ? more : 0;
    }
    return rv == APR_EOF ? APR_SUCCESS : rv;
}

/* A program may close its output long before it exits. */
static apr_status_t wait_for_exit(apr_proc_t *proc, apr_time_t deadline)
{
    int code = 1;
    apr_exit_why_e why = APR_PROC_SIGNAL;
    apr_status_t rv = apr_proc_wait(proc, &code, &why, APR_NOWAIT);

    while (rv == APR_CHILD_NOTDONE && as_clock_monotonic() < deadline) {
        apr_sleep(EXEC_POLL_INTERVAL);
        rv = apr_proc_wait(proc, &code, &why, APR_NOWAIT);
    }
    return rv == APR_CHILD_DONE && why == APR_PROC_EXIT && !code ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t run_program(apr_pool_t *p, const char *const *argv, char *bytes,
                                apr_size_t *len)
{
    apr_time_t deadline = as_clock_monotonic() + EXEC_TIMEOUT;
    apr_procattr_t *attr;
    apr_proc_t proc;
    apr_status_t rv = apr_procattr_create(&attr, p);

    if (rv == APR_SUCCESS) {
        rv = apr_procattr_io_set(attr, APR_NO_PIPE, APR_FULL_BLOCK, APR_NO_PIPE);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_procattr_cmdtype_set(attr, APR_PROGRAM_ENV);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_proc_create(&proc, argv[0], argv, NULL, attr, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_note_subprocess(p, &proc, APR_KILL_ALWAYS);
    rv = read_output(proc.out, deadline, bytes, len);
    apr_file_close(proc.out);
    return rv == APR_SUCCESS ? wait_for_exit(&proc, deadline) : rv;
}

static apr_size_t first_line_length(const char *bytes, apr_size_t len)
{
    apr_size_t end = 0;

    while (end < len && bytes[end] != '\r' && bytes[end] != '\n') {
        end++;
    }
    return end;
}

/* A JWK may have several lines, so exec: takes all of it. */
static int is_json(const char *bytes, apr_size_t len)
{
    return len && *bytes == '{' && as_utf8_is_valid(bytes, len);
}

static const char *read_exec(apr_pool_t *p, const char *command, as_secret_source_kind_t kind,
                             as_span_t *value)
{
    char *bytes = apr_palloc(p, AS_SECRET_SOURCE_MAX + 1);
    const char *const *argv;
    apr_pool_t *sub;
    apr_size_t len = 0;
    apr_status_t rv;

    if (*command != '/') {
        return "exec: needs the absolute path of a program, such as exec:/usr/bin/pass show x";
    }
    argv = split_words(p, command);
    rv = apr_pool_create(&sub, p);
    if (rv == APR_SUCCESS) {
        rv = run_program(sub, argv, bytes, &len);
        apr_pool_destroy(sub);
    }
    if (rv == APR_SUCCESS) {
        int whole = kind == AS_SECRET_SOURCE_WHOLE ||
                    (kind == AS_SECRET_SOURCE_HMAC && is_json(bytes, len));

        *value = as_wipe_copy(p, bytes, whole ? len : first_line_length(bytes, len));
    }
    OPENSSL_cleanse(bytes, AS_SECRET_SOURCE_MAX + 1);
    return rv == APR_SUCCESS
               ? NULL
               : apr_psprintf(
                     p,
                     "exec:%s: did not run_program, failed, took over 10 s or printed over 64 KiB",
                     argv[0]);
}

/* ---- encodings ---- */

static const char *decode_hex(apr_pool_t *p, as_span_t text, as_span_t *value)
{
    long len = 0;
    unsigned char *bytes =
        memchr(text.data, '\0', text.len) ? NULL : OPENSSL_hexstr2buf(text.data, &len);

    ERR_clear_error();
    if (!bytes) {
        return "hex: is not followed by pairs of hex digits";
    }
    *value = as_wipe_copy(p, bytes, (apr_size_t)len);
    OPENSSL_clear_free(bytes, (apr_size_t)len);
    return NULL;
}

/* Accepts base64 and base64url, with or without padding. */
static const char *decode_base64(apr_pool_t *p, as_span_t text, as_span_t *value)
{
    char *url = apr_pstrmemdup(p, text.data, text.len);
    apr_size_t len = text.len;
    as_span_t bytes;
    apr_status_t rv;

    while (len && url[len - 1] == '=') {
        len--;
    }
    for (apr_size_t i = 0; i < len; i++) {
        url[i] = url[i] == '+' ? '-' : url[i] == '/' ? '_' : url[i];
    }
    rv = as_base64url_decode(p, url, len, &bytes);
    OPENSSL_cleanse(url, text.len);
    if (rv != APR_SUCCESS) {
        return "base64: is not followed by base64";
    }
    *value = as_wipe_copy(p, bytes.data, bytes.len);
    OPENSSL_cleanse((void *)bytes.data, bytes.len);
    return NULL;
}

static const char *decode(apr_pool_t *p, as_span_t *secret)
{
    as_span_t text = *secret;
    const char *error = NULL;

    if (strncmp(text.data, "hex:", 4) == 0) {
        error = decode_hex(p, (as_span_t){text.data + 4, text.len - 4}, secret);
    } else if (strncmp(text.data, "base64:", 7) == 0) {
        error = decode_base64(p, (as_span_t){text.data + 7, text.len - 7}, secret);
    }
    return error;
}

/* ---- the literal value ---- */

/* In "hex:/etc/key" a file: is missing, too. */
static const char *skip_encoding(const char *literal)
{
    return strncmp(literal, "hex:", 4) == 0      ? literal + 4
           : strncmp(literal, "base64:", 7) == 0 ? literal + 7
                                                 : literal;
}

static const char *read_literal(apr_pool_t *p, const char *literal, const char *root,
                                as_secret_source_kind_t kind, as_span_t *secret)
{
    const char *rest = kind == AS_SECRET_SOURCE_HMAC ? skip_encoding(literal) : literal;
    const char *error = rest == literal ? as_secret_literal_check(p, literal, root) : NULL;

    if (rest != literal && as_secret_literal_is_file(p, rest, root)) {
        error = apr_psprintf(
            p, "a path, not a secret: write file:%s, with hex: or base64: inside the file", rest);
    }
    if (!error && as_secret_literal_is_placeholder((as_span_t){literal, strlen(literal)})) {
        error = "a placeholder, which is public: replace it with a secret of your own";
    }
    if (!error) {
        *secret = as_wipe_copy(p, literal, strlen(literal));
    }
    return error;
}

/* ---- public functions ---- */

static const char *read_source(apr_pool_t *p, const char *source, const char *root,
                               as_secret_source_kind_t kind, as_span_t *secret)
{
    const char *error = NULL;

    if (strncmp(source, "env:", 4) == 0) {
        error = read_env(p, source + 4, secret);
    } else if (strncmp(source, "file:", 5) == 0) {
        error = read_file(p, root, source + 5, secret);
    } else if (strncmp(source, "exec:", 5) == 0) {
        error = read_exec(p, source + 5, kind, secret);
    } else {
        error = read_literal(p, source, root, kind, secret);
    }
    return error;
}

apr_status_t as_secret_source_read(apr_pool_t *p, const char *source, const char *root,
                                   as_secret_source_kind_t kind, as_span_t *secret,
                                   const char **error)
{
    *error = read_source(p, source, root, kind, secret);
    if (!*error && kind == AS_SECRET_SOURCE_HMAC) {
        *error = decode(p, secret);
    }
    if (!*error && !secret->len) {
        *error = "the secret is empty";
    }
    if (!*error && kind == AS_SECRET_SOURCE_TEXT &&
        (memchr(secret->data, '\0', secret->len) || strpbrk(secret->data, "\r\n"))) {
        *error = "the secret has more than one line or a NUL";
    }
    return *error ? APR_EINVAL : APR_SUCCESS;
}

int as_secret_source_is_world_readable(apr_pool_t *p, const char *path)
{
    apr_finfo_t info;

    return apr_stat(&info, path, APR_FINFO_PROT, p) == APR_SUCCESS &&
           (info.protection & APR_FPROT_WREAD);
}
