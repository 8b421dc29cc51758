/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"

#include <apr_strings.h>
#include <openssl/crypto.h>

static apr_status_t wipe(void *data)
{
    as_span_t *secret = data;

    OPENSSL_cleanse((void *)secret->data, secret->len);
    return APR_SUCCESS;
}

void as_wipe_with_pool(apr_pool_t *p, as_span_t secret)
{
    apr_pool_cleanup_register(p, apr_pmemdup(p, &secret, sizeof(secret)), wipe,
                              apr_pool_cleanup_null);
}

as_span_t as_wipe_copy(apr_pool_t *p, const void *bytes, apr_size_t len)
{
    as_span_t copy = {apr_pstrmemdup(p, bytes, len), len};

    as_wipe_with_pool(p, copy);
    return copy;
}
