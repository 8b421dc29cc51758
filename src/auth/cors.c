/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/cors.h"

#include <apr_strings.h>
#include <http_core.h>

#include "auth/origin.h"

static const char ORIGINAL_HEADERS[] =
    "Origin, X-Requested-With, Content-Type, Accept, Authorization";

typedef enum allowed_t { NOT_ALLOWED, ALLOWED_ANY, ALLOWED_NAMED } allowed_t;

/* "*" stands alone (as_set_allow_origin). */
static int is_any(const as_dir_t *dc)
{
    const apr_array_header_t *origins = as_dir_allow_origin(dc);

    return origins && origins->nelts == 1 &&
           strcmp(APR_ARRAY_IDX(origins, 0, const char *), "*") == 0;
}

static allowed_t allowed(const as_dir_t *dc, const char *origin)
{
    allowed_t found = NOT_ALLOWED;

    if (origin && is_any(dc)) {
        found = ALLOWED_ANY;
    } else if (origin && as_origin_is_listed(dc, origin)) {
        found = ALLOWED_NAMED;
    }
    return found;
}

void as_cors_set_headers(request_rec *r, const as_dir_t *dc)
{
    const apr_array_header_t *origins = as_dir_allow_origin(dc);
    const char *origin = apr_table_get(r->headers_in, "Origin");
    apr_table_t *out = r->err_headers_out;
    allowed_t how;

    if (!origins || !origins->nelts) {
        return;
    }
    if (!is_any(dc)) {
        apr_table_mergen(out, "Vary", "Origin");
    }
    how = allowed(dc, origin);
    if (how == NOT_ALLOWED && !is_any(dc)) {
        return;
    }
    apr_table_setn(out, "Access-Control-Allow-Origin", how == ALLOWED_NAMED ? origin : "*");
    apr_table_setn(out, "Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
    if (how == ALLOWED_NAMED) {
        apr_table_setn(out, "Access-Control-Allow-Credentials", "true");
    }
}

int as_cors_accept_preflight(request_rec *r, const as_dir_t *dc)
{
    const char *asked = apr_table_get(r->headers_in, "Access-Control-Request-Headers");
    apr_table_t *out = r->err_headers_out;

    if (r->method_number != M_OPTIONS ||
        !apr_table_get(r->headers_in, "Access-Control-Request-Method") ||
        allowed(dc, apr_table_get(r->headers_in, "Origin")) == NOT_ALLOWED) {
        return 0;
    }
    apr_table_setn(out, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
    apr_table_setn(out, "Access-Control-Allow-Headers", asked && *asked ? asked : ORIGINAL_HEADERS);
    apr_table_setn(out, "Access-Control-Max-Age", "600");
    return 1;
}
