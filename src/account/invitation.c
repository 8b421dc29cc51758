/* SPDX-License-Identifier: Apache-2.0 */
#include "account/invitation.h"

#include "base/base64url.h"
#include "base/mac.h"
#include "base/random.h"

enum { CODE_BYTES = 24 };

/* Not a secret: it keeps these digests apart from others. */
static const char LABEL[] = "authsms invitation";

apr_status_t as_invitation_generate(apr_pool_t *p, const char **code)
{
    unsigned char bytes[CODE_BYTES];
    apr_status_t rv = as_random_bytes(bytes, sizeof(bytes));

    if (rv == APR_SUCCESS) {
        *code = as_base64url_encode(p, bytes, sizeof(bytes));
    }
    return rv;
}

apr_status_t as_invitation_hash(apr_pool_t *p, const char *code, const char **digest)
{
    return as_mac_sha256_base64url(p, (as_span_t){LABEL, sizeof(LABEL) - 1}, code, digest);
}
