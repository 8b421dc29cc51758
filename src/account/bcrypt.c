/* SPDX-License-Identifier: Apache-2.0 */
#include "account/bcrypt.h"

#include <apr_lib.h>
#include <apr_md5.h>
#include <apr_strings.h>
#include <openssl/crypto.h>

#include <string.h>

#include "base/random.h"

/* "$2y$10$" and 53 characters: 22 of salt, 31 of hash. */
enum { PREFIX_LEN = 7, BODY_LEN = 53, HASH_LEN = PREFIX_LEN + BODY_LEN, SALT_BYTES = 16 };

int as_bcrypt_read_cost(const char *stored)
{
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    if (!stored || strlen(stored) != HASH_LEN || stored[0] != '$' || stored[1] != '2' ||
        !strchr("aby", stored[2]) || stored[3] != '$' || !apr_isdigit(stored[4]) ||
        !apr_isdigit(stored[5]) || stored[6] != '$' ||
        strspn(stored + PREFIX_LEN, alphabet) != BODY_LEN) {
        return -1;
    }
    return (stored[4] - '0') * 10 + (stored[5] - '0');
}

apr_status_t as_bcrypt_hash(apr_pool_t *p, int cost, const char *password, const char **hash)
{
    unsigned char salt[SALT_BYTES];
    char out[HASH_LEN + 1];
    apr_status_t rv;

    if (strlen(password) > AS_BCRYPT_PASSWORD_MAX) {
        return APR_EINVAL;
    }
    rv = as_random_bytes(salt, sizeof(salt));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_bcrypt_encode(password, (unsigned)cost, salt, sizeof(salt), out, sizeof(out));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *hash = apr_pstrdup(p, out);
    return APR_SUCCESS;
}

int as_bcrypt_matches(const char *password, const char *stored)
{
    char hash[HASH_LEN + 1];
    int matches;

    memcpy(hash, stored, sizeof(hash));
    hash[2] = 'y'; /* a, b and y differ only for passwords over 255 bytes */
    matches = apr_password_validate(password, hash) == APR_SUCCESS;
    OPENSSL_cleanse(hash, sizeof(hash));
    return matches;
}

/* Do the work of one hash of this cost. */
static void spend_hash(int cost, const char *password)
{
    char hash[HASH_LEN + 1];

    apr_snprintf(hash, sizeof(hash), "$2y$%02d$%s", cost,
                 "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234");
    apr_password_validate(password, hash);
}

/*
 * Each cost doubles the work, so the costs in between add up to the rest. Each call also has a
 * fixed cost (the library's self-test), and a call with an invalid cost takes nothing else: such
 * calls make the number of calls the same on every path.
 */
void as_bcrypt_spend(int spent, int target, const char *password)
{
    int calls = 0;

    if (!target) {
        return;
    }
    if (!spent) {
        spend_hash(target, password);
        spent = target;
    }
    for (; spent < target; spent++, calls++) {
        spend_hash(spent, password);
    }
    for (; calls < target - AS_BCRYPT_COST_MIN; calls++) {
        spend_hash(AS_BCRYPT_COST_MIN - 1, password);
    }
}
