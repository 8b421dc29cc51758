/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/cookie.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "text/credential.h"

/* A browser may have cookies of one name for the host and for each parent domain. */
enum { DOMAINS_MAX = 5 };

/* domain: NULL: the host only. */
static void add_header(request_rec *r, const as_cookie_t *cookie, const char *domain,
                       const char *value, const char *max_age)
{
    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   apr_pstrcat(r->pool, cookie->name, "=", value, cookie->path,
                               domain ? "; Domain=" : "", domain ? domain : "", cookie->attributes,
                               max_age, NULL));
}

void as_cookie_set(request_rec *r, const as_srv_t *sc, const char *token)
{
    const as_cookie_t *cookie = as_srv_cookie(sc);
    apr_interval_time_t ttl = as_srv_token_ttl(sc);

    if (cookie) {
        add_header(r, cookie, cookie->domain, token,
                   ttl ? apr_psprintf(r->pool, "; Max-Age=%" APR_INT64_T_FMT, apr_time_sec(ttl))
                       : "");
    }
}

static void clear_in(request_rec *r, const as_cookie_t *cookie, const char *domain)
{
    add_header(r, cookie, domain, "", "; Max-Age=0");
}

/* False for addresses and for names without a dot. */
static int has_parent_domain(const char *host)
{
    const char *last = strrchr(host, '.');
    const char *c = host;

    while (apr_isalnum(*c) || *c == '-' || *c == '.') {
        c++;
    }
    return last && last[1] && !*c && !apr_isdigit(last[1]);
}

/* From the host itself to its parents. Browsers ignore cookies for a public suffix like co.uk. */
static void clear_in_domains(request_rec *r, const as_cookie_t *cookie)
{
    const char *domain = r->hostname && has_parent_domain(r->hostname) ? r->hostname : NULL;

    for (int i = 0; domain && strchr(domain, '.') && i < DOMAINS_MAX; i++) {
        if (*domain != '.' && (!cookie->domain || ap_cstr_casecmp(domain, cookie->domain) != 0)) {
            clear_in(r, cookie, domain);
        }
        domain = strchr(domain, '.') + 1;
    }
}

void as_cookie_clear(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict)
{
    const as_cookie_t *cookie = as_srv_cookie(sc);

    if (!cookie) {
        return;
    }
    clear_in(r, cookie, cookie->domain);
    /* One without Domain may be left from an earlier AuthSMSCookie. */
    if (cookie->domain) {
        clear_in(r, cookie, NULL);
    }
    if (verdict->cookie_is_ambiguous && !cookie->host_prefix) {
        clear_in_domains(r, cookie);
    }
}

void as_cookie_clear_refused(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict)
{
    const as_cookie_t *cookie = as_srv_cookie(sc);

    if (cookie && verdict->cookie_name && as_error_status(verdict->error) == HTTP_UNAUTHORIZED &&
        strcmp(cookie->name, verdict->cookie_name) == 0) {
        as_cookie_clear(r, sc, verdict);
    }
}

/* ---- the refresh token's cookie ---- */

/* As browsers see it: a proxy in front may serve the API under another path. */
static const char *get_api_path(request_rec *r, const as_srv_t *sc)
{
    const char *url = as_srv_public_url(sc);
    const char *path = url ? strchr(strstr(url, "://") + 3, '/')
                           : ap_os_escape_path(r->pool, as_srv_api_path(sc), 1);

    return path && *path ? path : "/";
}

/* False: there is none. */
static int get_refresh_cookie(request_rec *r, const as_srv_t *sc, as_cookie_t *refresh)
{
    const as_cookie_t *cookie = as_srv_cookie(sc);

    if (!cookie || !cookie->omit_body) {
        return 0;
    }
    *refresh = (as_cookie_t){
        .name = cookie->refresh_name,
        .path = apr_pstrcat(r->pool, "; Path=", get_api_path(r, sc), NULL),
        .attributes = "; HttpOnly; Secure; SameSite=Strict",
    };
    return 1;
}

void as_cookie_set_refresh(request_rec *r, const as_srv_t *sc, const char *token,
                           apr_interval_time_t max_age)
{
    as_cookie_t cookie;

    if (get_refresh_cookie(r, sc, &cookie)) {
        add_header(r, &cookie, NULL, token,
                   apr_psprintf(r->pool, "; Max-Age=%" APR_INT64_T_FMT, apr_time_sec(max_age)));
    }
}

void as_cookie_clear_refresh(request_rec *r, const as_srv_t *sc, int is_ambiguous)
{
    as_cookie_t cookie;

    if (!get_refresh_cookie(r, sc, &cookie)) {
        return;
    }
    clear_in(r, &cookie, NULL);
    if (is_ambiguous) {
        clear_in_domains(r, &cookie);
    }
}

as_error_t as_cookie_find_refresh(request_rec *r, const as_srv_t *sc, const char **token)
{
    apr_array_header_t *sources = apr_array_make(r->pool, 1, sizeof(as_credential_source_t));
    const char *name, *reason;
    as_cookie_t cookie;
    as_span_t value;
    as_error_t error;

    *token = NULL;
    if (!get_refresh_cookie(r, sc, &cookie)) {
        return AS_OK;
    }
    APR_ARRAY_PUSH(sources, as_credential_source_t).cookie = cookie.name;
    error = as_credential_find(NULL, apr_table_get(r->headers_in, "Cookie"), sources, &value, &name,
                               &reason);
    if (error == AS_OK) {
        *token = apr_pstrmemdup(r->pool, value.data, value.len);
    }
    return error == AS_E_NO_TOKEN ? AS_OK : error;
}
