/* SPDX-License-Identifier: Apache-2.0 */
#include "account/password.h"

#include <apr_lib.h>
#include <apr_md5.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include <string.h>

#include "base/random.h"

/* "$2y$10$", 22 characters of salt, 31 of hash. */
enum { PREFIX_LEN = 7, BODY_LEN = 53, HASH_LEN = PREFIX_LEN + BODY_LEN, SALT_BYTES = 16 };

/* The cost that stands in a bcrypt hash; -1: it is none. */
static int read_cost(const char *stored)
{
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    int cost = -1;

    if (stored && strlen(stored) == HASH_LEN && stored[0] == '$' && stored[1] == '2' &&
        strchr("aby", stored[2]) && stored[3] == '$' && apr_isdigit(stored[4]) &&
        apr_isdigit(stored[5]) && stored[6] == '$' &&
        strspn(stored + PREFIX_LEN, alphabet) == BODY_LEN) {
        cost = (stored[4] - '0') * 10 + (stored[5] - '0');
    }
    return cost;
}

/* 0: not a bcrypt hash that we take. */
static int cost_of(const char *stored)
{
    int cost = read_cost(stored);

    return cost >= AS_PASSWORD_COST_MIN && cost <= AS_PASSWORD_COST_MAX ? cost : 0;
}

apr_status_t as_password_hash(apr_pool_t *p, const as_password_hash_options_t *how,
                              const char *password, const char **hash)
{
    unsigned char salt[SALT_BYTES];
    char out[HASH_LEN + 1];
    apr_status_t rv;

    if (strlen(password) > AS_PASSWORD_BYTES_MAX) {
        return APR_EINVAL;
    }
    rv = as_random_bytes(salt, sizeof(salt));
    if (rv == APR_SUCCESS) {
        rv = apr_bcrypt_encode(password, (unsigned)how->cost, salt, sizeof(salt), out, sizeof(out));
    }
    if (rv == APR_SUCCESS) {
        *hash = apr_pstrdup(p, out);
    }
    return rv;
}

/* The work of a hash of this cost, for nothing. */
static void hash_for_nothing(int cost, const char *password)
{
    char hash[HASH_LEN + 1];

    apr_snprintf(hash, sizeof(hash), "$2y$%02d$%s", cost,
                 "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234");
    apr_password_validate(password, hash);
}

/*
 * After a hash of cost `done`: what one of cost `all` takes more. Each cost doubles the work, so
 * the costs in between add up to it. Each call also has a fixed part (the library tests itself),
 * which is all that a call with a refused cost takes: every path makes the same number of calls.
 */
static void make_up(int done, int all, const char *password)
{
    int calls = 0;

    for (; done < all; done++, calls++) {
        hash_for_nothing(done, password);
    }
    for (; calls < all - AS_PASSWORD_COST_MIN; calls++) {
        hash_for_nothing(AS_PASSWORD_COST_MIN - 1, password);
    }
}

int as_password_matches(const as_password_hash_options_t *work, const char *password,
                        const char *stored)
{
    char hash[HASH_LEN + 1];
    int cost = strlen(password) <= AS_PASSWORD_BYTES_MAX ? cost_of(stored) : 0;
    int matches = 0;

    if (cost) {
        memcpy(hash, stored, sizeof(hash));
        hash[2] = 'y'; /* the three are one algorithm where the password has at most 255 bytes */
        matches = apr_password_validate(password, hash) == APR_SUCCESS;
        OPENSSL_cleanse(hash, sizeof(hash));
    } else {
        hash_for_nothing(work->cost, password);
    }
    if (!matches) {
        make_up(cost ? cost : work->cost, work->cost, password);
    }
    return matches;
}

const char *as_password_check_hash(apr_pool_t *p, const char *stored)
{
    int cost = read_cost(stored);

    if (cost < 0) {
        return "no bcrypt hash";
    }
    return cost_of(stored) ? NULL
                           : apr_psprintf(p, "bcrypt of cost %d, which is %s the %s, %d", cost,
                                          cost > AS_PASSWORD_COST_MAX ? "above" : "below",
                                          cost > AS_PASSWORD_COST_MAX ? "maximum" : "minimum",
                                          cost > AS_PASSWORD_COST_MAX ? AS_PASSWORD_COST_MAX
                                                                      : AS_PASSWORD_COST_MIN);
}

int as_password_needs_rehash(const as_password_hash_options_t *how, const char *stored)
{
    int cost = cost_of(stored);

    return cost != how->cost || stored[2] != 'y';
}
