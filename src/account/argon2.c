/* SPDX-License-Identifier: Apache-2.0 */
#include "account/argon2.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <argon2.h>
#include <openssl/crypto.h>

#include <string.h>

#include "base/base64.h"
#include "base/random.h"

enum {
    SALT_BYTES = 16,
    TAG_BYTES = 32,
    /* Of a stored hash: less is too weak, more has no use. */
    SALT_BYTES_MIN = 8,
    SALT_BYTES_MAX = 64,
    TAG_BYTES_MIN = 16,
    TAG_BYTES_MAX = 64,
    DIGITS_MAX = 7,
    BLOCKS_PER_LANE_MIN = 8,
};

static const char PREFIX[] = "$argon2id$v=19$";

/* Read "NAME=NUMBER" and the character after it. NULL: another text. */
static const char *read_param(const char *text, const char *name, char end, int *number)
{
    apr_size_t len = strlen(name);
    apr_size_t digits;

    if (strncmp(text, name, len) != 0) {
        return NULL;
    }
    text += len;
    digits = strspn(text, "0123456789");
    if (!digits || digits > DIGITS_MAX || *text == '0' || text[digits] != end) {
        return NULL;
    }
    *number = (int)apr_atoi64(text);
    return text + digits + 1;
}

static int are_in_bounds(const as_argon2_params_t *params)
{
    return params->memory >= AS_ARGON2_MEMORY_MIN && params->memory <= AS_ARGON2_MEMORY_MAX &&
           params->passes <= AS_ARGON2_WORK_MAX / params->memory &&
           params->lanes <= AS_ARGON2_LANES_MAX &&
           params->memory / BLOCKS_PER_LANE_MIN >= params->lanes;
}

/* *rest: the text after the parameters. */
static apr_status_t parse_params(const char *text, as_argon2_params_t *params, const char **rest)
{
    if (!text || strncmp(text, PREFIX, sizeof(PREFIX) - 1) != 0) {
        return APR_ENOENT;
    }
    text = read_param(text + sizeof(PREFIX) - 1, "m=", ',', &params->memory);
    text = text ? read_param(text, "t=", ',', &params->passes) : NULL;
    text = text ? read_param(text, "p=", '$', &params->lanes) : NULL;
    if (!text) {
        return APR_ENOENT;
    }
    *rest = text;
    return are_in_bounds(params) ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t as_argon2_read_params(const char *text, as_argon2_params_t *params)
{
    const char *rest;

    return parse_params(text, params, &rest);
}

int as_argon2_work(const as_argon2_params_t *params)
{
    return params->memory * params->passes;
}

int as_argon2_differ(const as_argon2_params_t *a, const as_argon2_params_t *b)
{
    return a->memory != b->memory || a->passes != b->passes || a->lanes != b->lanes;
}

/* libargon2 takes no const bytes, and only reads these: no flag that clears them is set. */
static uint8_t *read_only(const void *bytes)
{
    union {
        const void *in;
        uint8_t *out;
    } pointer = {bytes};

    return pointer.out;
}

static apr_status_t compute(const as_argon2_params_t *params, const char *password,
                            const as_span_t *salt, unsigned char *tag, apr_size_t tag_len)
{
    argon2_context context = {
        .out = tag,
        .outlen = (uint32_t)tag_len,
        .pwd = read_only(password),
        .pwdlen = (uint32_t)strlen(password),
        .salt = read_only(salt->data),
        .saltlen = (uint32_t)salt->len,
        .t_cost = (uint32_t)params->passes,
        .m_cost = (uint32_t)params->memory,
        .lanes = (uint32_t)params->lanes,
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .flags = ARGON2_DEFAULT_FLAGS,
    };

    switch (argon2_ctx(&context, Argon2_id)) {
    case ARGON2_OK:
        return APR_SUCCESS;
    case ARGON2_MEMORY_ALLOCATION_ERROR:
        return APR_ENOMEM;
    default:
        return APR_EGENERAL;
    }
}

static const char *encode(apr_pool_t *p, const void *bytes, apr_size_t len)
{
    const char *text = as_base64_encode(p, bytes, len);

    return apr_pstrmemdup(p, text, strcspn(text, "="));
}

apr_status_t as_argon2_hash(apr_pool_t *p, const as_argon2_params_t *params, const char *password,
                            const char **hash)
{
    unsigned char salt[SALT_BYTES], tag[TAG_BYTES];
    apr_status_t rv = as_random_bytes(salt, sizeof(salt));

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv =
        compute(params, password, &(as_span_t){(const char *)salt, sizeof(salt)}, tag, sizeof(tag));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *hash = apr_psprintf(p, "%sm=%d,t=%d,p=%d$%s$%s", PREFIX, params->memory, params->passes,
                         params->lanes, encode(p, salt, sizeof(salt)), encode(p, tag, sizeof(tag)));
    return APR_SUCCESS;
}

/* Base64 without padding, of min to max bytes. */
static int decode(apr_pool_t *p, const char *text, apr_size_t len, apr_size_t min, apr_size_t max,
                  as_span_t *bytes)
{
    static const char *const padding[] = {"", "", "==", "="};
    const char *padded;

    if (len > (max * 4 + 2) / 3 || len % 4 == 1 || memchr(text, '=', len)) {
        return 0;
    }
    padded = apr_pstrcat(p, apr_pstrmemdup(p, text, len), padding[len % 4], NULL);
    return as_base64_decode(p, padded, strlen(padded), bytes) == APR_SUCCESS && bytes->len >= min;
}

static int parse_hash(apr_pool_t *p, const char *stored, as_argon2_params_t *params,
                      as_span_t *salt, as_span_t *tag)
{
    const char *text, *dollar;

    if (parse_params(stored, params, &text) != APR_SUCCESS) {
        return 0;
    }
    dollar = strchr(text, '$');
    return dollar &&
           decode(p, text, (apr_size_t)(dollar - text), SALT_BYTES_MIN, SALT_BYTES_MAX, salt) &&
           decode(p, dollar + 1, strlen(dollar + 1), TAG_BYTES_MIN, TAG_BYTES_MAX, tag);
}

int as_argon2_is_valid(apr_pool_t *p, const char *stored)
{
    as_argon2_params_t params;
    as_span_t salt, tag;

    return parse_hash(p, stored, &params, &salt, &tag);
}

apr_status_t as_argon2_verify(apr_pool_t *p, const char *password, const char *stored,
                              as_argon2_params_t *params, int *matches)
{
    unsigned char computed[TAG_BYTES_MAX];
    as_span_t salt, tag;
    apr_status_t rv;

    *matches = 0;
    if (!parse_hash(p, stored, params, &salt, &tag)) {
        *params = (as_argon2_params_t){0, 0, 0};
        return APR_SUCCESS;
    }
    rv = compute(params, password, &salt, computed, tag.len);
    *matches = rv == APR_SUCCESS && CRYPTO_memcmp(computed, tag.data, tag.len) == 0;
    OPENSSL_cleanse(computed, sizeof(computed));
    return rv;
}

/* A hash computes memory × passes blocks, which take nearly the same time each. */
apr_status_t as_argon2_spend(const as_argon2_params_t *spent, const as_argon2_params_t *target,
                             const char *password)
{
    static const char salt[] = "0123456789abcdef";
    unsigned char tag[TAG_BYTES];
    int work = as_argon2_work(target) - as_argon2_work(spent);
    as_argon2_params_t rest = *target;

    if (!spent->memory && target->memory) {
        return compute(target, password, &(as_span_t){salt, SALT_BYTES}, tag, sizeof(tag));
    }
    if (work < BLOCKS_PER_LANE_MIN) {
        return APR_SUCCESS;
    }
    rest.lanes = 1;
    rest.passes = (work + target->memory - 1) / target->memory;
    rest.memory = work / rest.passes;
    return compute(&rest, password, &(as_span_t){salt, SALT_BYTES}, tag, sizeof(tag));
}
