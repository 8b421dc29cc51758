/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signed_id.h"

#include <apr_strings.h>

#include <string.h>

#include "base/mac.h"
#include "base/uuid.h"

/* ".", and an HMAC-SHA-256 in base64url. */
enum { MAC_LEN = 43, TEXT_LEN = AS_UUID_LEN + 1 + MAC_LEN };

apr_status_t as_signed_id_create(apr_pool_t *p, as_span_t secret, const char *purpose,
                                 const char *id, const char **text)
{
    const char *mac;
    apr_status_t rv =
        as_mac_sha256_base64url(p, secret, apr_pstrcat(p, purpose, " ", id, NULL), &mac);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *text = apr_pstrcat(p, id, ".", mac, NULL);
    return APR_SUCCESS;
}

apr_status_t as_signed_id_parse(apr_pool_t *p, const apr_array_header_t *secrets,
                                const char *purpose, const char *text, const char **id)
{
    const as_span_t given = {text, strlen(text)};
    const char *candidate;
    int is_signed = 0;

    if (given.len != TEXT_LEN || text[AS_UUID_LEN] != '.') {
        return APR_EINVAL;
    }
    candidate = apr_pstrmemdup(p, text, AS_UUID_LEN);
    if (!as_uuid_is_valid(candidate)) {
        return APR_EINVAL;
    }
    for (int i = 0; i < secrets->nelts; i++) {
        const char *expected;

        if (as_signed_id_create(p, APR_ARRAY_IDX(secrets, i, as_span_t), purpose, candidate,
                                &expected) == APR_SUCCESS) {
            is_signed |= as_mac_equal((as_span_t){expected, strlen(expected)}, given);
        }
    }
    *id = candidate;
    return is_signed ? APR_SUCCESS : APR_EINVAL;
}
