/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/cors.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "auth/origin.h"
#include "base/log.h"

APLOG_USE_MODULE(authsms);

/* Of the original system: its clients may send them. */
static const char DEFAULT_HEADERS[] =
    "Origin, X-Requested-With, Content-Type, Accept, Authorization";

typedef enum match_t { MATCH_NONE, MATCH_ANY, MATCH_LISTED } match_t;

/* "*" is the only value then (as_set_allow_origin). */
static int allows_any(const as_dir_t *dc)
{
    const apr_array_header_t *origins = as_dir_allow_origin(dc);

    return origins && origins->nelts == 1 &&
           strcmp(APR_ARRAY_IDX(origins, 0, const char *), "*") == 0;
}

static match_t match_origin(const as_dir_t *dc, const char *origin)
{
    if (!origin) {
        return MATCH_NONE;
    }
    if (allows_any(dc)) {
        return MATCH_ANY;
    }
    return as_origin_is_listed(dc, origin) ? MATCH_LISTED : MATCH_NONE;
}

void as_cors_set_headers(request_rec *r, const as_dir_t *dc)
{
    const apr_array_header_t *origins = as_dir_allow_origin(dc);
    const char *origin = apr_table_get(r->headers_in, "Origin");
    apr_table_t *out = r->err_headers_out;
    match_t match;

    if (!origins || !origins->nelts) {
        return;
    }
    if (!allows_any(dc)) {
        apr_table_mergen(out, "Vary", "Origin");
    }
    match = match_origin(dc, origin);
    if (match == MATCH_NONE && !allows_any(dc)) {
        return;
    }
    apr_table_setn(out, "Access-Control-Allow-Origin", match == MATCH_LISTED ? origin : "*");
    apr_table_setn(out, "Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After");
    if (match == MATCH_LISTED) {
        apr_table_setn(out, "Access-Control-Allow-Credentials", "true");
    }
}

/* Once for a request, which several hooks may check. */
static void log_refused_preflight(request_rec *r, const char *origin)
{
    static const char LOGGED[] = "AUTHSMS_PREFLIGHT";

    if (apr_table_get(r->notes, LOGGED)) {
        return;
    }
    apr_table_setn(r->notes, LOGGED, "");
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  AS_TAG(0416) "%.*s: preflight refused: AuthSMSAllowOrigin does not list '%.*s'",
                  AS_LOG_CLIENT_TEXT_MAX, r->uri, AS_LOG_CLIENT_TEXT_MAX, origin);
}

int as_cors_accept_preflight(request_rec *r, const as_dir_t *dc)
{
    const char *requested = apr_table_get(r->headers_in, "Access-Control-Request-Headers");
    const char *origin = apr_table_get(r->headers_in, "Origin");
    apr_table_t *out = r->err_headers_out;

    if (r->method_number != M_OPTIONS || !origin ||
        !apr_table_get(r->headers_in, "Access-Control-Request-Method")) {
        return 0;
    }
    if (match_origin(dc, origin) == MATCH_NONE) {
        log_refused_preflight(r, origin);
        return 0;
    }
    apr_table_setn(out, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
    apr_table_setn(out, "Access-Control-Allow-Headers",
                   requested && *requested ? requested : DEFAULT_HEADERS);
    apr_table_setn(out, "Access-Control-Max-Age", "600");
    return 1;
}
