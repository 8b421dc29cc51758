/* SPDX-License-Identifier: Apache-2.0 */
#include "server/limit_key.h"

#include <apr_strings.h>

#include "base/mac.h"
#include "base/span.h"

apr_status_t as_limit_key_hash(apr_pool_t *p, const as_srv_t *sc, const char *counter,
                               const char *key, const char **digest)
{
    return as_mac_sha256_base64url(p, APR_ARRAY_IDX(sc->secrets, 0, as_span_t),
                                   apr_pstrcat(p, "limit ", counter, " ", key, NULL), digest);
}
