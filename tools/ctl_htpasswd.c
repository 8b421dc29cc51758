/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_htpasswd.h"

#include <apr_strings.h>

#include <string.h>

#include "account/password.h"
#include "account/username.h"
#include "base/clock.h"
#include "base/uuid.h"

/* NULL: this hash can be imported. */
static const char *check_hash(apr_pool_t *p, const char *hash)
{
    const char *error = as_password_check_hash(p, hash);

    return error ? apr_pstrcat(p, "the password is ", error,
                               ", and no hash of htpasswd -m, -s or -d", NULL)
                 : NULL;
}

const char *ctl_htpasswd_read_line(apr_pool_t *p, const char *line, apr_size_t len, as_user_t *user,
                                   int *skip)
{
    const char *colon = memchr(line, ':', len);
    const char *hash, *error;

    *skip = len == 0 || *line == '#';
    if (*skip) {
        return NULL;
    }
    if (!colon || memchr(line, '\0', len)) {
        return "not of the form name:hash";
    }
    user->username = apr_pstrmemdup(p, line, (apr_size_t)(colon - line));
    hash = apr_pstrmemdup(p, colon + 1, len - (apr_size_t)(colon - line) - 1);
    /* As httpd reads it: another colon ends the hash. */
    user->password = apr_pstrmemdup(p, hash, strcspn(hash, ":"));
    if (as_username_validate(p, user->username) != APR_SUCCESS ||
        as_username_fold(p, user->username, &user->username_key) != APR_SUCCESS) {
        return "username is not allowed";
    }
    error = check_hash(p, user->password);
    if (error) {
        return error;
    }
    user->mobile = user->mobile_given = user->country = "";
    user->verified = 1;
    user->created_at = user->updated_at = as_clock_now();
    return as_uuid_generate(p, &user->id) == APR_SUCCESS ? NULL : "the random generator failed";
}
