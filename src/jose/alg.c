/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/alg.h"

#include <string.h>

#define HMAC_ROW(bits, size)                                                                       \
    [AS_ALG_HS##bits] = {"HS" #bits, AS_ALG_FAMILY_HMAC, "SHA" #bits, "oct", NULL, NULL, size}
#define PKCS1_ROW(bits)                                                                            \
    [AS_ALG_RS##bits] = {"RS" #bits, AS_ALG_FAMILY_PKCS1, "SHA" #bits, "RSA", "RSA", NULL, 0}
#define PSS_ROW(bits)                                                                              \
    [AS_ALG_PS##bits] = {"PS" #bits, AS_ALG_FAMILY_PSS, "SHA" #bits, "RSA", "RSA", NULL, 0}
#define EC_ROW(bits, curve, size)                                                                  \
    [AS_ALG_ES##bits] = {"ES" #bits, AS_ALG_FAMILY_EC, "SHA" #bits, "EC", "EC", curve, size}

static const as_alg_info_t rows[AS_ALG_COUNT] = {
    HMAC_ROW(256, 32),
    HMAC_ROW(384, 48),
    HMAC_ROW(512, 64),
    PKCS1_ROW(256),
    PKCS1_ROW(384),
    PKCS1_ROW(512),
    PSS_ROW(256),
    PSS_ROW(384),
    PSS_ROW(512),
    EC_ROW(256, "P-256", 32),
    EC_ROW(384, "P-384", 48),
    EC_ROW(512, "P-521", 66),
    [AS_ALG_EdDSA] = {"EdDSA", AS_ALG_FAMILY_ED, NULL, "OKP", "ED25519", "Ed25519", 32},
};

const as_alg_info_t *as_alg_info(as_alg_t alg)
{
    return &rows[alg];
}

apr_status_t as_alg_find(const char *name, apr_size_t len, as_alg_t *alg)
{
    int i;

    for (i = 0; i < AS_ALG_COUNT; i++) {
        if (strlen(rows[i].name) == len && !memcmp(rows[i].name, name, len)) {
            *alg = (as_alg_t)i;
            return APR_SUCCESS;
        }
    }
    return APR_ENOENT;
}

const char *as_alg_name(as_alg_t alg)
{
    return rows[alg].name;
}

int as_alg_is_symmetric(as_alg_t alg)
{
    return rows[alg].family == AS_ALG_FAMILY_HMAC;
}

const char *as_alg_names(void)
{
#define BLANK_AND_ALG(name) " " #name
    static const char names[] = AS_ALGS(BLANK_AND_ALG);
#undef BLANK_AND_ALG
    return names + 1;
}
