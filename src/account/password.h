/* SPDX-License-Identifier: Apache-2.0 */
/* Password policy, hashing and checking. bcrypt is apr-util's. */
#ifndef AS_ACCOUNT_PASSWORD_H
#define AS_ACCOUNT_PASSWORD_H

#include <apr_pools.h>

#define AS_PASSWORD_COST_MIN 4
#define AS_PASSWORD_COST_MAX 16
#define AS_PASSWORD_BYTES_MAX 72 /* bcrypt looks at no more */

typedef struct as_password_hash_options_t {
    int cost; /* bcrypt: log2 of the rounds, 4 to 16 */
} as_password_hash_options_t;

typedef struct as_password_policy_t {
    int min;                           /* code points */
    int max;                           /* bytes */
    const struct as_blocklist_t *list; /* refused passwords; NULL: none */
} as_password_policy_t;

/*
 * Read a list of refused passwords, one a line (UTF-8, LF or CRLF), compared by NFKC_Casefold.
 * *error: what is wrong with the file, for configtest.
 */
apr_status_t as_blocklist_read(apr_pool_t *p, const char *path, const struct as_blocklist_t **list,
                               const char **error);

/* A list that refuses nothing. */
const struct as_blocklist_t *as_blocklist_empty(void);

/*
 * May this (valid UTF-8) be the password of that account? NULL: yes. Else a sentence for the
 * person: too short, too long in bytes, on the list, or the username, number or app name itself.
 * username, mobile and app may be NULL.
 */
const char *as_password_policy_check(apr_pool_t *p, const as_password_policy_t *policy,
                                     const char *password, const char *username, const char *mobile,
                                     const char *app);

/* Hash with a fresh random salt: "$2y$NN$" and 53 characters. APR_EINVAL: over 72 bytes. */
apr_status_t as_password_hash(apr_pool_t *p, const as_password_hash_options_t *how,
                              const char *password, const char **hash);

/*
 * Does the password match the stored hash? Accepts "$2a$", "$2b$", "$2y$" with a cost of 4 to 16
 * and exactly 53 characters of the bcrypt alphabet; anything else, NULL too, never matches.
 * Whatever does not match takes the work of one hash of `work` (a dearer stored one: of that), so
 * that an unknown user, a broken and a cheaper hash look like a wrong password.
 */
int as_password_matches(const as_password_hash_options_t *work, const char *password,
                        const char *stored);

/* Why as_password_matches cannot compare with this: "no bcrypt hash", or its cost. NULL: it can. */
const char *as_password_check_hash(apr_pool_t *p, const char *stored);

/* Should this stored hash be replaced after a good login (older scheme, another cost)? */
int as_password_needs_rehash(const as_password_hash_options_t *how, const char *stored);

#endif
