/* SPDX-License-Identifier: Apache-2.0 */
#include "account/legacy_hash.h"

#include <apr_md5.h>

#include <string.h>

enum { SALT_MAX = 8, MD5_LEN = 22, SHA1_LEN = 27, CRYPT_LEN = 13 };

static const char APR1[] = "$apr1$", SHA[] = "{SHA}";
static const char ALPHABET[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char BASE64[] = "+/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static int is_apr1(const char *stored)
{
    const char *salt = stored + sizeof(APR1) - 1;
    size_t len;

    if (strncmp(stored, APR1, sizeof(APR1) - 1) != 0) {
        return 0;
    }
    len = strspn(salt, ALPHABET);
    return len >= 1 && len <= SALT_MAX && salt[len] == '$' &&
           strspn(salt + len + 1, ALPHABET) == MD5_LEN && !salt[len + 1 + MD5_LEN];
}

static int is_sha(const char *stored)
{
    const char *digest = stored + sizeof(SHA) - 1;

    return strncmp(stored, SHA, sizeof(SHA) - 1) == 0 && strspn(digest, BASE64) == SHA1_LEN &&
           strcmp(digest + SHA1_LEN, "=") == 0;
}

static int is_crypt(const char *stored)
{
    return strspn(stored, ALPHABET) == CRYPT_LEN && !stored[CRYPT_LEN];
}

int as_legacy_hash_is_known(const char *stored)
{
    return stored && (is_apr1(stored) || is_sha(stored) || is_crypt(stored));
}

int as_legacy_hash_matches(const char *password, const char *stored)
{
    return as_legacy_hash_is_known(stored) &&
           apr_password_validate(password, stored) == APR_SUCCESS;
}

void as_legacy_hash_spend(const char *password, const char *stored)
{
    static const char *const unused[] = {"$apr1$........$......................", "............."};

    if (!stored || !is_apr1(stored)) {
        (void)apr_password_validate(password, unused[0]);
    }
    if (!stored || !is_crypt(stored)) {
        (void)apr_password_validate(password, unused[1]);
    }
}
