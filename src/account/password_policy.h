/* SPDX-License-Identifier: Apache-2.0 */
/* Which passwords a user may choose. */
#ifndef AS_ACCOUNT_PASSWORD_POLICY_H
#define AS_ACCOUNT_PASSWORD_POLICY_H

#include <apr_pools.h>

#include "account/blocklist.h"

typedef struct as_password_policy_t {
    int min;                    /* code points */
    int max;                    /* bytes */
    const as_blocklist_t *list; /* NULL: none */
} as_password_policy_t;

/*
 * NULL: this account may have this password (valid UTF-8). Else a sentence for the user: too short,
 * too long, too common, or equal to the username, the number or the app name. username, mobile and
 * app may be NULL.
 */
const char *as_password_policy_check(apr_pool_t *p, const as_password_policy_t *policy,
                                     const char *password, const char *username, const char *mobile,
                                     const char *app);

#endif
