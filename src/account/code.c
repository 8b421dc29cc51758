/* SPDX-License-Identifier: Apache-2.0 */
#include "account/code.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "base/mac.h"
#include "base/random.h"
#include "text/ascii.h"

/* Bytes from 250 on are rejected: with them, the digits 0 to 5 would be more likely. */
enum { UNBIASED_MAX = 250 };

apr_status_t as_code_generate(apr_pool_t *p, int length, const char **code)
{
    char *digits = apr_palloc(p, (apr_size_t)length + 1);
    apr_status_t rv = APR_SUCCESS;
    int count = 0;

    while (rv == APR_SUCCESS && count < length) {
        unsigned char byte;

        rv = as_random_bytes(&byte, 1);
        if (rv == APR_SUCCESS && byte < UNBIASED_MAX) {
            digits[count++] = (char)('0' + byte % 10);
        }
    }
    digits[count] = '\0';
    *code = digits;
    return rv;
}

/* Some services write a code as "G-123456". */
static const char *skip_google_mark(const char *typed)
{
    typed += strspn(typed, " ");
    return (*typed == 'G' || *typed == 'g') && typed[1] == '-' ? typed + 2 : typed;
}

apr_status_t as_code_normalize(apr_pool_t *p, const char *typed, const char **code)
{
    char digits[AS_CODE_DIGITS_MAX];
    apr_size_t len = 0;

    if (as_ascii_from_utf8(p, typed, &typed) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    for (typed = skip_google_mark(typed); *typed; typed++) {
        if (apr_isdigit(*typed) && len < AS_CODE_DIGITS_MAX) {
            digits[len++] = *typed;
        } else if (!strchr(" -/", *typed)) {
            return APR_EINVAL;
        }
    }
    if (len < AS_CODE_DIGITS_MIN) {
        return APR_EINVAL;
    }
    *code = apr_pstrmemdup(p, digits, len);
    return APR_SUCCESS;
}

apr_status_t as_code_digest(apr_pool_t *p, as_span_t secret, const char *row_id, const char *code,
                            const char **digest)
{
    return as_mac_sha256_base64url(p, secret, apr_pstrcat(p, "code ", row_id, " ", code, NULL),
                                   digest);
}

int as_code_matches(apr_pool_t *p, const apr_array_header_t *secrets, const char *row_id,
                    const char *code, const char *digest)
{
    const as_span_t stored = {digest, strlen(digest)};
    int matches = 0;

    for (int i = 0; i < secrets->nelts; i++) {
        const char *expected;

        if (as_code_digest(p, APR_ARRAY_IDX(secrets, i, as_span_t), row_id, code, &expected) ==
            APR_SUCCESS) {
            matches |= as_mac_equal((as_span_t){expected, strlen(expected)}, stored);
        }
    }
    return matches;
}
