/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/cookie.h"

#include <apr_lib.h>
#include <apr_strings.h>

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
