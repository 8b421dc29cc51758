/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashes: bcrypt or Argon2id. Hashes of both schemes, and those of account/legacy_hash.h,
 * are verified always. */
#ifndef AS_ACCOUNT_PASSWORD_H
#define AS_ACCOUNT_PASSWORD_H

#include <apr_pools.h>

#include "account/argon2.h"
#include "account/bcrypt.h"

typedef enum as_password_scheme_t {
    AS_PASSWORD_BCRYPT,
    AS_PASSWORD_ARGON2ID,
} as_password_scheme_t;

/* How new hashes are made (AuthSMSPasswordHash). */
typedef struct as_password_hash_options_t {
    as_password_scheme_t scheme;
    int cost;                  /* of bcrypt */
    as_argon2_params_t argon2; /* of Argon2id */
} as_password_hash_options_t;

/* bcrypt of cost 10 */
extern const as_password_hash_options_t as_password_hash_default;

/* The longest password in bytes that new hashes of a scheme allow. */
int as_password_max_bytes(as_password_scheme_t scheme);

/* Hash with a new random salt. APR_EINVAL: the password is too long for bcrypt. APR_ENOMEM. */
apr_status_t as_password_hash(apr_pool_t *p, const as_password_hash_options_t *options,
                              const char *password, const char **hash);

/*
 * The work of each failed check: one hash of bcrypt and one of Argon2id, each with the most
 * expensive parameters that are stored or configured, one of apr1 and one of crypt
 * (account/legacy_hash.h). The work of one scheme cannot make up for that of another, because their
 * relation depends on the processor.
 */
typedef struct as_password_work_t {
    int bcrypt_cost; /* 0: none */
    as_argon2_params_t argon2;
} as_password_work_t;

/* bcrypt_cost and argon2: the most expensive stored hashes (as_stored_hashes_t in store/users.h);
 * 0 and NULL: none. */
as_password_work_t as_password_work(const as_password_hash_options_t *options, int bcrypt_cost,
                                    const char *argon2);

/*
 * Does the password match the stored hash? Valid hashes are bcrypt of cost 4 to 16 and Argon2id
 * within the bounds of account/argon2.h, and the hashes of account/legacy_hash.h. NULL and any
 * other text never match.
 *
 * Every mismatch does the same `work`, towards which a comparison with bcrypt or Argon2id counts:
 * the response time does not show whether the user exists or how the hash is stored. APR_ENOMEM: no
 * memory; *matches is 0.
 */
apr_status_t as_password_verify(apr_pool_t *p, const as_password_work_t *work, const char *password,
                                const char *stored, int *matches);

/* NULL: as_password_verify can use this hash. Else why not, such as "bcrypt of cost 17, which is
 * above the maximum, 16". Never part of the hash itself. */
const char *as_password_check_hash(apr_pool_t *p, const char *stored);

/* Should this stored hash be replaced after a successful login (other scheme or parameters)? */
int as_password_needs_rehash(const as_password_hash_options_t *options, const char *stored);

#endif
