/* SPDX-License-Identifier: Apache-2.0 */
#include "account/password.h"

#include <apr_strings.h>

#include <string.h>

#include "account/legacy_hash.h"

const as_password_hash_options_t as_password_hash_default = {.scheme = AS_PASSWORD_BCRYPT,
                                                             .cost = 10};

/* Enough for any passphrase; hashing takes time in proportion to it only beyond many MiB. */
enum { ARGON2_PASSWORD_MAX = 4096 };

int as_password_max_bytes(as_password_scheme_t scheme)
{
    return scheme == AS_PASSWORD_BCRYPT ? AS_BCRYPT_PASSWORD_MAX : ARGON2_PASSWORD_MAX;
}

/* The cost of a bcrypt hash that this module accepts; 0: another text. */
static int accepted_cost(const char *stored)
{
    int cost = as_bcrypt_read_cost(stored);

    return cost >= AS_BCRYPT_COST_MIN && cost <= AS_BCRYPT_COST_MAX ? cost : 0;
}

apr_status_t as_password_hash(apr_pool_t *p, const as_password_hash_options_t *options,
                              const char *password, const char **hash)
{
    return options->scheme == AS_PASSWORD_BCRYPT
               ? as_bcrypt_hash(p, options->cost, password, hash)
               : as_argon2_hash(p, &options->argon2, password, hash);
}

as_password_work_t as_password_work(const as_password_hash_options_t *options, int bcrypt_cost,
                                    const char *argon2)
{
    as_password_work_t work = {.bcrypt_cost = bcrypt_cost};

    if (as_argon2_read_params(argon2, &work.argon2) != APR_SUCCESS) {
        work.argon2 = (as_argon2_params_t){0, 0, 0};
    }
    if (options->scheme == AS_PASSWORD_BCRYPT && options->cost > work.bcrypt_cost) {
        work.bcrypt_cost = options->cost;
    }
    if (options->scheme == AS_PASSWORD_ARGON2ID &&
        as_argon2_work(&options->argon2) > as_argon2_work(&work.argon2)) {
        work.argon2 = options->argon2;
    }
    return work;
}

apr_status_t as_password_verify(apr_pool_t *p, const as_password_work_t *work, const char *password,
                                const char *stored, int *matches)
{
    int cost = strlen(password) <= AS_BCRYPT_PASSWORD_MAX ? accepted_cost(stored) : 0;
    as_argon2_params_t params = {0, 0, 0};
    apr_status_t rv = APR_SUCCESS;

    if (cost) {
        *matches = as_bcrypt_matches(password, stored);
    } else if (as_legacy_hash_is_known(stored)) {
        *matches = as_legacy_hash_matches(password, stored);
    } else {
        rv = as_argon2_verify(p, password, stored, &params, matches);
    }
    if (rv != APR_SUCCESS || *matches) {
        return rv;
    }
    as_legacy_hash_spend(password, stored);
    as_bcrypt_spend(cost, work->bcrypt_cost, password);
    return as_argon2_spend(&params, &work->argon2, password);
}

const char *as_password_check_hash(apr_pool_t *p, const char *stored)
{
    as_argon2_params_t params;
    int cost = as_bcrypt_read_cost(stored);

    if (as_legacy_hash_is_known(stored)) {
        return NULL;
    }
    if (cost > AS_BCRYPT_COST_MAX) {
        return apr_psprintf(p, "bcrypt of cost %d, which is above the maximum, %d", cost,
                            AS_BCRYPT_COST_MAX);
    }
    if (cost >= 0 && cost < AS_BCRYPT_COST_MIN) {
        return apr_psprintf(p, "bcrypt of cost %d, which is below the minimum, %d", cost,
                            AS_BCRYPT_COST_MIN);
    }
    if (cost >= 0) {
        return NULL;
    }
    switch (as_argon2_read_params(stored, &params)) {
    case APR_SUCCESS:
        return as_argon2_is_valid(p, stored) ? NULL : "no complete Argon2id hash";
    case APR_EINVAL:
        return apr_psprintf(p,
                            "Argon2id with parameters out of bounds (m=%d to %d, t times m at most "
                            "%d, p at most %d)",
                            AS_ARGON2_MEMORY_MIN, AS_ARGON2_MEMORY_MAX, AS_ARGON2_WORK_MAX,
                            AS_ARGON2_LANES_MAX);
    default:
        return "no bcrypt or Argon2id hash";
    }
}

int as_password_needs_rehash(const as_password_hash_options_t *options, const char *stored)
{
    as_argon2_params_t params;

    if (options->scheme == AS_PASSWORD_BCRYPT) {
        return accepted_cost(stored) != options->cost || stored[2] != 'y';
    }
    return as_argon2_read_params(stored, &params) != APR_SUCCESS ||
           as_argon2_differ(&params, &options->argon2);
}
