/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cookie.h"

#include <apr_strings.h>

static void put(request_rec *r, const as_cookie_t *cookie, const char *value, const char *max_age)
{
    apr_table_addn(
        r->err_headers_out, "Set-Cookie",
        apr_pstrcat(r->pool, cookie->name, "=", value, cookie->attributes, max_age, NULL));
}

void as_cookie_set(request_rec *r, const as_srv_t *sc, const char *token)
{
    apr_interval_time_t ttl = as_srv_token_ttl(sc);

    if (as_srv_cookie(sc)) {
        put(r, as_srv_cookie(sc), token,
            ttl ? apr_psprintf(r->pool, "; Max-Age=%" APR_INT64_T_FMT, apr_time_sec(ttl)) : "");
    }
}

void as_cookie_clear(request_rec *r, const as_srv_t *sc)
{
    if (as_srv_cookie(sc)) {
        put(r, as_srv_cookie(sc), "", "; Max-Age=0");
    }
}

void as_cookie_refused(request_rec *r, const as_srv_t *sc, const as_verdict_t *verdict)
{
    const as_cookie_t *cookie = as_srv_cookie(sc);

    if (cookie && verdict->cookie && as_error_status(verdict->error) == HTTP_UNAUTHORIZED &&
        strcmp(cookie->name, verdict->cookie) == 0) {
        as_cookie_clear(r, sc);
    }
}
