/* SPDX-License-Identifier: Apache-2.0 */
#include "api/error_page.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "api/api.h"
#include "api/query.h"
#include "api/reply.h"
#include "auth/api_path.h"
#include "auth/cache_headers.h"
#include "auth/cors.h"
#include "base/log.h"

APLOG_USE_MODULE(authsms);

/* Set with the first byte: httpd overrides headers of an error page that are set earlier. */
apr_status_t as_error_page_set_headers(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;

    ap_set_content_type(r, "application/json; charset=utf-8");
    as_cache_headers_forbid(r);
    as_reply_set_nosniff(r);
    if (r->status == HTTP_SERVICE_UNAVAILABLE && !apr_table_get(r->headers_out, "Retry-After")) {
        apr_table_setn(r->headers_out, "Retry-After", "1");
    }
    as_cors_set_headers(r, as_dir(r));
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

/* Replace each ErrorDocument by a text, which the error filter replaces by JSON. Not inlined: every
 * request runs the hook, and would save the registers of this function. */
__attribute__((noinline)) static void override_error_documents(request_rec *r)
{
    static const int statuses[] = {400, 401, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413,
                                   414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 429, 431, 451,
                                   500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511};

    for (apr_size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        ap_custom_response(r, statuses[i], "");
    }
}

int as_error_page_post_read_request(request_rec *r)
{
    if (as_api_is_requested(r)) {
        override_error_documents(r);
        as_query_hide(r, as_api_path_suffix(r));
    }
    return DECLINED;
}

/* After an invalid request line r->uri is NULL. NULL: the line has no path either. */
static const char *find_path_in_line(request_rec *r)
{
    const char *path = r->the_request ? strchr(r->the_request, ' ') : NULL;

    return path && path[1] == '/' ? apr_pstrmemdup(r->pool, path + 1, strcspn(path + 1, " ?"))
                                  : NULL;
}

static int is_for_api(request_rec *r)
{
    char *uri = r->uri;
    int is_requested;

    r->uri = uri ? uri : (char *)find_path_in_line(r);
    is_requested = r->uri && as_api_is_requested(r);
    if (is_requested) {
        as_query_hide(r, as_api_path_suffix(r));
    }
    r->uri = uri;
    return is_requested;
}

/* httpd refused the request, or could not read it. It does not log each cause itself. */
static void log_error_page(request_rec *r)
{
    const char *path = r->uri ? r->uri : find_path_in_line(r);

    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  AS_TAG(0503) "%.*s: %d %s: refused before it reached its route",
                  AS_LOG_CLIENT_TEXT_MAX, path, r->status,
                  as_error_code(as_error_from_status(r->status)));
}

void as_error_page_insert_filter(request_rec *r)
{
    if (!ap_is_HTTP_ERROR(r->status) || !is_for_api(r)) {
        return;
    }
    log_error_page(r);
    ap_custom_response(r, r->status, as_reply_make_error_body(r->pool, r->status));
    ap_add_output_filter(AS_ERROR_PAGE_FILTER, NULL, r, r->connection);
}
