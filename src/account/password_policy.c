/* SPDX-License-Identifier: Apache-2.0 */
#include "account/password.h"

#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "account/username.h"
#include "base/utf8.h"

enum { LINE_BYTES = 1024 };

struct as_blocklist_t {
    apr_hash_t *folded; /* NULL: empty */
};

const struct as_blocklist_t *as_blocklist_empty(void)
{
    static const struct as_blocklist_t none = {NULL};

    return &none;
}

/* Compared as usernames are: Password and PASSWORD are one. */
static apr_status_t add_line(apr_pool_t *p, struct as_blocklist_t *list, char *line)
{
    const char *folded;
    apr_status_t rv;

    line[strcspn(line, "\r\n")] = '\0';
    if (!*line) {
        return APR_SUCCESS;
    }
    rv = as_username_fold(p, line, &folded);
    if (rv == APR_SUCCESS) {
        apr_hash_set(list->folded, folded, APR_HASH_KEY_STRING, "");
    }
    return rv;
}

static const char *cannot_be_read(apr_pool_t *p, apr_status_t rv)
{
    char why[120];

    return apr_pstrcat(p, "cannot be read: ", apr_strerror(rv, why, sizeof(why)), NULL);
}

apr_status_t as_blocklist_read(apr_pool_t *p, const char *path, const struct as_blocklist_t **list,
                               const char **error)
{
    struct as_blocklist_t *made = apr_palloc(p, sizeof(*made));
    char line[LINE_BYTES];
    apr_file_t *file;
    apr_status_t rv =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BUFFERED, APR_FPROT_OS_DEFAULT, p);

    if (rv != APR_SUCCESS) {
        *error = cannot_be_read(p, rv);
        return rv;
    }
    made->folded = apr_hash_make(p);
    while (rv == APR_SUCCESS && (rv = apr_file_gets(line, sizeof(line), file)) == APR_SUCCESS) {
        rv = add_line(p, made, line);
    }
    apr_file_close(file);
    rv = rv == APR_EOF ? APR_SUCCESS : rv;
    if (rv == APR_EINVAL) {
        *error = "is not a list of passwords, one a line, in UTF-8";
    } else if (rv != APR_SUCCESS) {
        *error = cannot_be_read(p, rv);
    }
    *list = made;
    return rv;
}

static int is_context(apr_pool_t *p, const char *folded, const char *word)
{
    const char *other;

    return word && *word && as_username_fold(p, word, &other) == APR_SUCCESS &&
           strcmp(folded, other) == 0;
}

/* The number as it is, without its +, or in any form that ends in its last eight digits. */
static int is_number(const char *password, const char *mobile)
{
    apr_size_t len = strlen(password);
    apr_size_t all = mobile ? strlen(mobile) : 0;
    apr_size_t tail = all < 8 ? all : 8;

    return tail && len >= tail && strspn(password, "+0123456789") == len &&
           strcmp(password + len - tail, mobile + all - tail) == 0;
}

const char *as_password_policy_check(apr_pool_t *p, const as_password_policy_t *policy,
                                     const char *password, const char *username, const char *mobile,
                                     const char *app)
{
    apr_size_t bytes = strlen(password);
    const char *folded = NULL;

    if (as_utf8_count_points(password, bytes) < (apr_size_t)policy->min) {
        return apr_psprintf(p, "This password is too short: at least %d characters, please.",
                            policy->min);
    }
    if (bytes > (apr_size_t)policy->max) {
        return apr_psprintf(p, "This password is too long: at most %d bytes, please.", policy->max);
    }
    if (as_username_fold(p, password, &folded) != APR_SUCCESS) {
        return "This password is not valid text.";
    }
    if (policy->list && policy->list->folded &&
        apr_hash_get(policy->list->folded, folded, APR_HASH_KEY_STRING)) {
        return "This password is too common: please choose one that nobody would guess.";
    }
    if (is_context(p, folded, username) || is_context(p, folded, app) ||
        is_number(password, mobile)) {
        return "This password is too easy to guess: please do not use your name or number.";
    }
    return NULL;
}
