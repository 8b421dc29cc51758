/* SPDX-License-Identifier: Apache-2.0 */
#include "account/password.h"

#include <apr_lib.h>
#include <apr_md5.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include <string.h>

#include "base/random.h"

/* "$2y$10$" and 53 characters: 22 of salt, 31 of hash. */
enum { PREFIX_LEN = 7, BODY_LEN = 53, HASH_LEN = PREFIX_LEN + BODY_LEN, SALT_BYTES = 16 };

/* The cost in a bcrypt hash; -1: not a bcrypt hash. */
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

/* The cost of a hash that this module accepts; 0: another text. */
static int accepted_cost(const char *stored)
{
    int cost = read_cost(stored);

    return cost >= AS_PASSWORD_COST_MIN && cost <= AS_PASSWORD_COST_MAX ? cost : 0;
}

apr_status_t as_password_hash(apr_pool_t *p, const as_password_hash_options_t *options,
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
        rv = apr_bcrypt_encode(password, (unsigned)options->cost, salt, sizeof(salt), out,
                               sizeof(out));
    }
    if (rv == APR_SUCCESS) {
        *hash = apr_pstrdup(p, out);
    }
    return rv;
}

/* Spend the time of one hash of this cost. */
static void spend_hash(int cost, const char *password)
{
    char hash[HASH_LEN + 1];

    apr_snprintf(hash, sizeof(hash), "$2y$%02d$%s", cost,
                 "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234");
    apr_password_validate(password, hash);
}

/*
 * After a hash of cost `spent`, spend the rest of the time that one of cost `target` takes. Each
 * cost doubles the work, so the costs in between add up to the rest. Each call also has a fixed
 * cost (the library's self-test), and a call with an invalid cost takes nothing else: such calls
 * make the number of calls the same on every path.
 */
static void spend_difference(int spent, int target, const char *password)
{
    int calls = 0;

    for (; spent < target; spent++, calls++) {
        spend_hash(spent, password);
    }
    for (; calls < target - AS_PASSWORD_COST_MIN; calls++) {
        spend_hash(AS_PASSWORD_COST_MIN - 1, password);
    }
}

int as_password_matches(const as_password_hash_options_t *options, const char *password,
                        const char *stored)
{
    char hash[HASH_LEN + 1];
    int cost = strlen(password) <= AS_PASSWORD_BYTES_MAX ? accepted_cost(stored) : 0;
    int matches = 0;

    if (cost) {
        memcpy(hash, stored, sizeof(hash));
        hash[2] = 'y'; /* a, b and y differ only for passwords over 255 bytes */
        matches = apr_password_validate(password, hash) == APR_SUCCESS;
        OPENSSL_cleanse(hash, sizeof(hash));
    } else {
        spend_hash(options->cost, password);
    }
    if (!matches) {
        spend_difference(cost ? cost : options->cost, options->cost, password);
    }
    return matches;
}

const char *as_password_check_hash(apr_pool_t *p, const char *stored)
{
    int cost = read_cost(stored);

    if (cost < 0) {
        return "no bcrypt hash";
    }
    if (cost > AS_PASSWORD_COST_MAX) {
        return apr_psprintf(p, "bcrypt of cost %d, which is above the maximum, %d", cost,
                            AS_PASSWORD_COST_MAX);
    }
    if (cost < AS_PASSWORD_COST_MIN) {
        return apr_psprintf(p, "bcrypt of cost %d, which is below the minimum, %d", cost,
                            AS_PASSWORD_COST_MIN);
    }
    return NULL;
}

int as_password_needs_rehash(const as_password_hash_options_t *options, const char *stored)
{
    int cost = accepted_cost(stored);

    return cost != options->cost || stored[2] != 'y';
}
