/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/cookie.h"

#include <apr_lib.h>
#include <apr_strings.h>

/* A browser holds cookies of one name for the host and for each domain around it. */
enum { DOMAINS_MAX = 5 };

/* domain: NULL: the host alone. */
static void put(request_rec *r, const as_cookie_t *cookie, const char *domain, const char *value,
                const char *max_age)
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
        put(r, cookie, cookie->domain, token,
            ttl ? apr_psprintf(r->pool, "; Max-Age=%" APR_INT64_T_FMT, apr_time_sec(ttl)) : "");
    }
}

static void clear(request_rec *r, const as_cookie_t *cookie, const char *domain)
{
    put(r, cookie, domain, "", "; Max-Age=0");
}

/* Is this the name of a host that has domains around it, and not an address? */
static int has_domains(const char *host)
{
    const char *last = strrchr(host, '.');
    const char *c = host;

    while (apr_isalnum(*c) || *c == '-' || *c == '.') {
        c++;
    }
    return last && last[1] && !*c && !apr_isdigit(last[1]);
}

/* From the host itself outwards. Browsers ignore what is for a public suffix, such as co.uk. */
static void clear_domains(request_rec *r, const as_cookie_t *cookie)
{
    const char *domain = r->hostname && has_domains(r->hostname) ? r->hostname : NULL;

    for (int i = 0; domain && strchr(domain, '.') && i < DOMAINS_MAX; i++) {
        if (*domain != '.' && (!cookie->domain || ap_cstr_casecmp(domain, cookie->domain) != 0)) {
            clear(r, cookie, domain);
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
    clear(r, cookie, cookie->domain);
    /* Left behind by another domain=, or set by another host of the domain. */
    if (cookie->domain) {
        clear(r, cookie, NULL);
    }
    if (verdict->doubled && !cookie->host_prefix) {
        clear_domains(r, cookie);
    }
}

void as_cookie_clear_refused(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict)
{
    const as_cookie_t *cookie = as_srv_cookie(sc);

    if (cookie && verdict->cookie && as_error_status(verdict->error) == HTTP_UNAUTHORIZED &&
        strcmp(cookie->name, verdict->cookie) == 0) {
        as_cookie_clear(r, sc, verdict);
    }
}
