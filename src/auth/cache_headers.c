/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/cache_headers.h"

static void unset_overrides(apr_table_t *headers)
{
    static const char *const fields[] = {"CDN-Cache-Control", "Cloudflare-CDN-Cache-Control",
                                         "Surrogate-Control", "X-Accel-Expires"};

    if (apr_is_empty_table(headers)) {
        return;
    }
    for (apr_size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        apr_table_unset(headers, fields[i]);
    }
}

void as_cache_headers_unset_overrides(request_rec *r)
{
    unset_overrides(r->headers_out);
    unset_overrides(r->err_headers_out);
}

void as_cache_headers_forbid(request_rec *r)
{
    as_cache_headers_unset_overrides(r);
    apr_table_unset(r->err_headers_out, "Cache-Control");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
}
