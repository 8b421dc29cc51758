/* SPDX-License-Identifier: Apache-2.0 */
/* bcrypt, by apr-util: "$2y$10$" and 53 characters. */
#ifndef AS_ACCOUNT_BCRYPT_H
#define AS_ACCOUNT_BCRYPT_H

#include <apr_pools.h>

#define AS_BCRYPT_COST_MIN 4
#define AS_BCRYPT_COST_MAX 16
#define AS_BCRYPT_PASSWORD_MAX 72 /* bytes; bcrypt ignores the rest */

/* The cost in a hash "$2a$", "$2b$" or "$2y$" with exactly 53 characters of the bcrypt alphabet;
 * -1: another text. */
int as_bcrypt_read_cost(const char *stored);

/* Hash with a new random salt. APR_EINVAL: the password has more than 72 bytes. */
apr_status_t as_bcrypt_hash(apr_pool_t *p, int cost, const char *password, const char **hash);

/* Does the password match a hash whose cost as_bcrypt_read_cost has read? */
int as_bcrypt_matches(const char *password, const char *stored);

/* Do the work of one hash of cost `target`, less that of one of cost `spent` (0: none), which was
 * done. Nothing if that is not positive. */
void as_bcrypt_spend(int spent, int target, const char *password);

#endif
