/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashes: bcrypt, by apr-util. */
#ifndef AS_ACCOUNT_PASSWORD_H
#define AS_ACCOUNT_PASSWORD_H

#include <apr_pools.h>

#define AS_PASSWORD_COST_MIN 4
#define AS_PASSWORD_COST_MAX 16
#define AS_PASSWORD_BYTES_MAX 72 /* bcrypt ignores the rest */

typedef struct as_password_hash_options_t {
    int cost; /* bcrypt: log2 of the rounds, 4 to 16 */
} as_password_hash_options_t;

/* Hash with a new random salt: "$2y$NN$" and 53 characters. APR_EINVAL: over 72 bytes. */
apr_status_t as_password_hash(apr_pool_t *p, const as_password_hash_options_t *options,
                              const char *password, const char **hash);

/*
 * Does the password match the stored hash? Valid hashes are "$2a$", "$2b$" and "$2y$" with a cost
 * of 4 to 16 and exactly 53 characters of the bcrypt alphabet. NULL and any other text never match.
 *
 * Every mismatch costs as much as one hash of `options` (or of the stored cost, if that is higher):
 * the response time does not show whether the user exists or how the hash is stored.
 */
int as_password_matches(const as_password_hash_options_t *options, const char *password,
                        const char *stored);

/* NULL: as_password_matches can use this hash. Else why not: "no bcrypt hash", or its cost. */
const char *as_password_check_hash(apr_pool_t *p, const char *stored);

/* Should this stored hash be replaced after a successful login (older scheme or other cost)? */
int as_password_needs_rehash(const as_password_hash_options_t *options, const char *stored);

#endif
