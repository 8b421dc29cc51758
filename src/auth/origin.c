/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/origin.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>

#include "auth/request_event.h"
#include "base/error.h"
#include "base/log.h"

APLOG_USE_MODULE(authsms);

static int needs_trusted_origin(const request_rec *r)
{
    const char *upgrade = apr_table_get(r->headers_in, "Upgrade");

    return (r->method_number != M_GET && r->method_number != M_OPTIONS) ||
           (upgrade && ap_find_token(r->pool, upgrade, "websocket"));
}

/* The origin of a URL: scheme and host, and the port unless it is the scheme's default (RFC 6454
 * section 6.2). */
static const char *origin_of(apr_pool_t *p, const char *url)
{
    const char *host = strstr(url, "://");
    char *origin = apr_pstrmemdup(p, url, (apr_size_t)(host - url) + 3 + strcspn(host + 3, "/"));
    char *port = strrchr(origin, ':');

    if (strcmp(port, ap_cstr_casecmpn(url, "https:", strlen("https:")) == 0 ? ":443" : ":80") ==
        0) {
        *port = '\0';
    }
    return origin;
}

int as_origin_is_listed(const as_dir_t *dc, const char *origin)
{
    const apr_array_header_t *origins = as_dir_allow_origin(dc);

    for (int i = 0; origins && i < origins->nelts; i++) {
        const char *listed = APR_ARRAY_IDX(origins, i, const char *);

        if (strcmp(listed, "*") != 0 && strcmp(listed, origin) == 0) {
            return 1;
        }
    }
    return 0;
}

/* NULL: neither AuthSMSPublicURL nor a Host header. */
static const char *get_own_origin(request_rec *r, const as_srv_t *sc)
{
    const char *url = as_srv_public_url(sc);
    const char *host = apr_table_get(r->headers_in, "Host");

    if (!url && host) {
        url = apr_pstrcat(r->pool, ap_http_scheme(r), "://", host, NULL);
    }
    return url ? origin_of(r->pool, url) : NULL;
}

static int is_own(request_rec *r, const as_srv_t *sc, const char *origin)
{
    const char *own = get_own_origin(r, sc);

    return own && ap_cstr_casecmp(origin, own) == 0;
}

int as_origin_is_trusted(request_rec *r, const as_srv_t *sc, const as_dir_t *dc)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    if (origin) {
        return is_own(r, sc, origin) || as_origin_is_listed(dc, origin);
    }
    return !site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

static void log_refusal(request_rec *r, const as_srv_t *sc)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    const char *own = get_own_origin(r, sc);
    const char *url = as_srv_public_url(sc);

    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  AS_TAG(0415) "%.*s: refused: cross_origin: %s '%.*s', expected "
                               "Origin '%.*s' (%s%s). If that is a site of yours, correct "
                               "AuthSMSPublicURL or name it in AuthSMSAllowOrigin",
                  AS_LOG_CLIENT_TEXT_MAX, r->uri,
                  origin ? "Origin" : "no Origin, and Sec-Fetch-Site", AS_LOG_CLIENT_TEXT_MAX,
                  origin ? origin : site, AS_LOG_CLIENT_TEXT_MAX, own ? own : "",
                  url ? "AuthSMSPublicURL " : "AuthSMSPublicURL is not set: the request's Host",
                  url ? url : "");
    as_request_event_raise(
        r, (as_event_t){.kind = AS_EVENT_CROSS_ORIGIN, .code = as_error_code(AS_E_CROSS_ORIGIN)});
}

int as_origin_allows_cookie(request_rec *r, const as_srv_t *sc, const as_dir_t *dc)
{
    if (!needs_trusted_origin(r) || as_origin_is_trusted(r, sc, dc)) {
        return 1;
    }
    log_refusal(r, sc);
    return 0;
}

static int is_safe_method(const char *method)
{
    return !method || strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           strcmp(method, "OPTIONS") == 0;
}

int as_origin_allows_described(request_rec *r, const as_srv_t *sc, const as_dir_t *dc)
{
    const apr_table_t *in = r->headers_in;

    if (!apr_table_get(in, "Origin") && is_safe_method(apr_table_get(in, "X-Forwarded-Method")) &&
        is_safe_method(apr_table_get(in, "X-Original-Method"))) {
        return 1;
    }
    if (as_origin_is_trusted(r, sc, dc)) {
        return 1;
    }
    log_refusal(r, sc);
    return 0;
}
