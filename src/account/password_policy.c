/* SPDX-License-Identifier: Apache-2.0 */
#include "account/password_policy.h"

#include <apr_strings.h>

#include <string.h>

#include "account/username.h"
#include "base/utf8.h"

/* Enough of a phone number to recognize it in any notation. */
enum { NUMBER_TAIL = 8 };

static int equals_word(apr_pool_t *p, const char *folded, const char *word)
{
    const char *folded_word;

    return word && *word && as_username_fold(p, word, &folded_word) == APR_SUCCESS &&
           strcmp(folded, folded_word) == 0;
}

/* The number with or without its +, or national: all forms end in the same eight digits. */
static int equals_number(const char *password, const char *mobile)
{
    apr_size_t len = strlen(password);
    apr_size_t mobile_len = mobile ? strlen(mobile) : 0;
    apr_size_t tail = mobile_len < NUMBER_TAIL ? mobile_len : NUMBER_TAIL;

    return tail && len >= tail && strspn(password, "+0123456789") == len &&
           strcmp(password + len - tail, mobile + mobile_len - tail) == 0;
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
    if (policy->list && as_blocklist_contains(policy->list, folded)) {
        return "This password is too common: please choose one that nobody would guess.";
    }
    if (equals_word(p, folded, username) || equals_word(p, folded, app) ||
        equals_number(password, mobile)) {
        return "This password is too easy to guess: please do not use your name or number.";
    }
    return NULL;
}
