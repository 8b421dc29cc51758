/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/key_record.h"

static apr_status_t free_pkey(void *baton)
{
    EVP_PKEY_free(baton);
    return APR_SUCCESS;
}

void as_key_record_free_with_pool(apr_pool_t *p, EVP_PKEY *pkey)
{
    apr_pool_cleanup_register(p, pkey, free_pkey, apr_pool_cleanup_null);
}
