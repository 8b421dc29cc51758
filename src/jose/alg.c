/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/alg.h"

#include <string.h>

static const as_alg_info_t algs[AS_ALG_COUNT] = {
#define AS_ALG_ROW(name, family, digest, kty, openssl_type, curve, size)                           \
    [AS_ALG_##name] = {#name, AS_ALG_FAMILY_##family, digest, kty, openssl_type, curve, size},
    AS_ALGS(AS_ALG_ROW)
#undef AS_ALG_ROW
};

const as_alg_info_t *as_alg_info(as_alg_t alg)
{
    return &algs[alg];
}

apr_status_t as_alg_find(const char *name, apr_size_t len, as_alg_t *alg)
{
    int i;

    for (i = 0; i < AS_ALG_COUNT; i++) {
        if (strlen(algs[i].name) == len && !memcmp(algs[i].name, name, len)) {
            *alg = (as_alg_t)i;
            return APR_SUCCESS;
        }
    }
    return APR_ENOENT;
}

const char *as_alg_name(as_alg_t alg)
{
    return algs[alg].name;
}

int as_alg_is_symmetric(as_alg_t alg)
{
    return algs[alg].family == AS_ALG_FAMILY_HMAC;
}

const char *as_alg_names(void)
{
#define BLANK_AND_NAME(name, family, digest, kty, openssl_type, curve, size) " " #name
    static const char names[] = AS_ALGS(BLANK_AND_NAME);
#undef BLANK_AND_NAME
    return names + 1;
}
