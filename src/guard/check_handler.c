/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/check_handler.h"

#include <http_log.h>
#include <http_request.h>

#include <string.h>

#include "auth/origin.h"
#include "base/log.h"
#include "config/config.h"
#include "guard/guard.h"
#include "guard/identity.h"

APLOG_USE_MODULE(authsms);

void as_check_handler_ignore_body(request_rec *r)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");

    /* A stream of HTTP/2 ends without its connection. */
    if (r->connection->master) {
        return;
    }
    if ((length && strcmp(length, "0") != 0) || apr_table_get(r->headers_in, "Transfer-Encoding")) {
        r->connection->keepalive = AP_CONN_CLOSE;
    }
}

/* All sections and .htaccess files of the request, in httpd's order. Returns OK, or httpd's status.
 */
static int merge_sections(request_rec *r)
{
    static int (*const walks[])(request_rec *) = {ap_directory_walk, ap_file_walk, ap_location_walk,
                                                  ap_if_walk};
    int status = OK;

    for (apr_size_t i = 0; status == OK && i < sizeof(walks) / sizeof(walks[0]); i++) {
        status = walks[i](r);
    }
    return status;
}

/* Not inlined: every request runs the hook, and would save the registers of this function. */
__attribute__((noinline)) static int refuse_trace(request_rec *r)
{
    /* This hook runs with the server's own configuration. */
    ap_conf_vector_t *before = r->per_dir_config;
    int status = merge_sections(r);

    if (status == OK && !as_dir_check_handler(as_dir(r))) {
        status = DECLINED;
    } else if (status == OK) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      AS_TAG(0407) "%.*s: refused: SetHandler authsms-check does not answer TRACE",
                      AS_LOG_CLIENT_TEXT_MAX, r->uri);
        status = HTTP_METHOD_NOT_ALLOWED;
    }
    r->per_dir_config = before;
    return status;
}

int as_check_handler_map_to_storage(request_rec *r)
{
    return r->method_number == M_TRACE ? refuse_trace(r) : DECLINED;
}

static int refuse_unauthenticated(request_rec *r)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  AS_TAG(0405) "%.*s: SetHandler authsms-check: httpd granted a request without a "
                               "token. Only tokens pass here: add AuthType JWT and Require "
                               "valid-user, without a Require that grants by other properties",
                  AS_LOG_CLIENT_TEXT_MAX, r->uri);
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* Not inlined: every request runs the hook, and would save the registers of this function. */
__attribute__((noinline)) static int check(request_rec *r)
{
    const as_dir_t *dc = as_dir(r);
    const char *prefix = as_dir_identity_prefix(dc);
    const as_verdict_t *verdict;

    if (!as_guard_is_authenticated(r)) {
        return refuse_unauthenticated(r);
    }
    verdict = as_guard_get_verdict(r);
    if (verdict->cookie_name && !as_origin_allows_described(r, as_srv(r->server), dc)) {
        as_guard_record_error(r, AS_E_CROSS_ORIGIN);
        return HTTP_FORBIDDEN;
    }
    if (prefix) {
        as_identity_set_headers(r, r->headers_out, prefix, &verdict->token, verdict->account);
    }
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    r->status = HTTP_NO_CONTENT;
    return OK;
}

int as_check_handler_run(request_rec *r)
{
    return r->handler && strcmp(r->handler, AS_CHECK_HANDLER) == 0 ? check(r) : DECLINED;
}
