/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_password.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/password.h"
#include "account/password_policy.h"
#include "base/utf8.h"

enum { ROOM = 512, LENGTH_MIN = 8 };

static int ask(char *password)
{
    char again[ROOM];
    apr_size_t size = ROOM;
    int same;

    /* Too long: the rest is cut, which the length of the result shows. */
    if (apr_password_get("New password: ", password, &size) != APR_SUCCESS) {
        return ctl_print_error("the password is too long, or cannot be read");
    }
    size = ROOM;
    same = apr_password_get("Again: ", again, &size) == APR_SUCCESS && strcmp(password, again) == 0;
    OPENSSL_cleanse(again, sizeof(again));
    return same ? CTL_OK : ctl_print_error("the passwords differ, nothing was changed");
}

static int read_first_line(char *password)
{
    apr_size_t len = 0;
    int c;

    while ((c = getchar()) != EOF && c != '\n' && c != '\0' && len < ROOM - 1) {
        password[len++] = (char)c;
    }
    password[len] = '\0';
    if (c == '\0') {
        return ctl_print_error("the password contains a NUL byte");
    }
    if (c != EOF && c != '\n') {
        return ctl_print_error("the password is too long");
    }
    return len ? CTL_OK
               : ctl_print_error("no password: give it as the first line of standard "
                                 "input, or run the command on a terminal");
}

static int check_and_hash(ctl_t *ctl, const char *password, const char *username,
                          const char *mobile, const char **hash)
{
    static const as_password_policy_t policy = {LENGTH_MIN, AS_BCRYPT_PASSWORD_MAX, NULL};
    const char *error;

    if (!as_utf8_is_valid(password, strlen(password))) {
        return ctl_print_error("the password is not UTF-8");
    }
    error = as_password_policy_check(ctl->pool, &policy, password, username, mobile, NULL);
    if (error) {
        return ctl_print_error("%s", error);
    }
    return as_password_hash(ctl->pool, &as_password_hash_default, password, hash) == APR_SUCCESS
               ? CTL_OK
               : ctl_print_error("the password cannot be hashed");
}

int ctl_password_read(ctl_t *ctl, const char *username, const char *mobile, const char **hash)
{
    char password[ROOM];
    int status = isatty(STDIN_FILENO) ? ask(password) : read_first_line(password);

    if (status == CTL_OK) {
        status = check_and_hash(ctl, password, username, mobile, hash);
    }
    OPENSSL_cleanse(password, sizeof(password));
    return status;
}
