/* SPDX-License-Identifier: Apache-2.0 */
#include "http/verdict.h"

#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "config/config.h"
#include "core/clock.h"
#include "http/account.h"
#include "http/child.h"
#include "http/credential.h"

APLOG_USE_MODULE(authsms);

extern module AP_MODULE_DECLARE_DATA authsms_module;

/* A verdict is good for the host it was made in, for the token it was made of, and for whoever
 * wants it no fresher than it is. */
typedef struct kept_t {
    as_verdict_t verdict;
    const as_srv_t *sc;
    const apr_array_header_t *from; /* AuthSMSTokenFrom */
    const char *field;              /* NULL: there was none */
    const char *cookies;
    apr_interval_time_t max_age;
} kept_t;

static as_error_t judge(request_rec *r, apr_pool_t *p, const kept_t *kept, as_verdict_t *v)
{
    const as_srv_t *sc = as_srv(r->server);
    apr_time_t now = as_clock_now();
    const char *why = "no token, or more than one";
    as_span_t text;
    as_error_t error = as_credential(kept->field, kept->cookies, kept->from, &text, &v->cookie);

    if (error == AS_OK) {
        error =
            as_token_judge(p, sc, sc->child ? sc->child->tokens : NULL, text, now, &v->token, &why);
    }
    if (error == AS_OK && kept->max_age != AS_USER_CHECK_OFF) {
        error = as_account_judge(r, p, &v->token.claims, kept->max_age, now, &v->user, &why);
    }
    if (error != AS_OK) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s: %s", as_error_code(error), why);
    }
    return error;
}

const as_verdict_t *as_verdict(request_rec *r, apr_interval_time_t max_age)
{
    const as_srv_t *sc = as_srv(r->server);
    const char *field = apr_table_get(r->headers_in, "Authorization");
    const apr_array_header_t *from = as_dir_token_from(as_dir(r));
    const char *cookies = from ? apr_table_get(r->headers_in, "Cookie") : NULL;
    request_rec *first = r;
    kept_t *kept;

    while (first->main || first->prev) {
        first = first->main ? first->main : first->prev;
    }
    kept = ap_get_module_config(first->request_config, &authsms_module);
    if (!kept || kept->sc != sc || kept->field != field || kept->from != from ||
        kept->cookies != cookies || kept->max_age > max_age) {
        kept = apr_pcalloc(first->pool, sizeof(*kept));
        kept->sc = sc;
        kept->field = field;
        kept->from = from;
        kept->cookies = cookies;
        kept->max_age = max_age;
        kept->verdict.error = judge(r, first->pool, kept, &kept->verdict);
        ap_set_module_config(first->request_config, &authsms_module, kept);
    }
    return &kept->verdict;
}
