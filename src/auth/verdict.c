/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/verdict.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

#include "auth/connection_token.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "server/child.h"
#include "text/credential.h"

APLOG_USE_MODULE(authsms);

/*
 * The verdict of a main request with what it depends on: another host, other token sources or a
 * smaller max_age need another verdict. The headers are kept as the client sent them: RequestHeader
 * may unset them for the back end before the request is authenticated again.
 */
typedef struct saved_verdict_t {
    as_verdict_t verdict;
    const as_srv_t *sc;
    const apr_array_header_t *sources; /* AuthSMSTokenFrom; NULL: the header */
    const char *authorization;         /* NULL: none */
    const char *cookies;               /* NULL: none, or not read yet */
    apr_interval_time_t max_age;
    const ap_conf_vector_t
        *section; /* configuration under which the main request got it; or NULL */
} saved_verdict_t;

static as_error_t find_token(saved_verdict_t *saved, const as_connection_token_t *copy,
                             as_span_t *text)
{
    as_verdict_t *v = &saved->verdict;

    if (copy && !saved->sources && as_connection_token_matches(copy, saved->authorization)) {
        *text = copy->token.text;
        v->cookie_name = NULL;
        return AS_OK;
    }
    return as_credential_find(saved->authorization, saved->cookies, saved->sources, text,
                              &v->cookie_name, &v->reason);
}

/* httpd bounds header fields by the limit of the address's first server, before it knows the
 * virtual host: a lower limit of that host is applied to tokens here. */
static as_error_t check_length(request_rec *r, as_span_t text, const char **reason)
{
    if (text.len <= (apr_size_t)r->server->limit_req_fieldsize) {
        return AS_OK;
    }
    *reason = "longer than LimitRequestFieldSize";
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  AS_TAG(0414) "%.*s: a token of %" APR_SIZE_T_FMT
                               " bytes is refused: LimitRequestFieldSize of "
                               "this virtual host is %d. Raise it there, or issue shorter tokens",
                  AS_LOG_CLIENT_TEXT_MAX, r->uri, text.len, r->server->limit_req_fieldsize);
    return AS_E_INVALID_TOKEN;
}

/* Cache a token that is new, or whose account has a new standing. A token found in the cache is
 * copied to its connection. */
static void save_token(conn_rec *c, apr_pool_t *p, as_cache_t *cache, const saved_verdict_t *saved,
                       as_span_t standing, as_connection_token_t *copy)
{
    const as_token_t *token = &saved->verdict.token;

    if (standing.len && copy) {
        as_connection_token_invalidate(copy);
    }
    if (!token->is_cached || standing.len) {
        as_token_cache_put(p, cache, token, standing);
    } else if (!token->environment) {
        as_connection_token_set(c, saved->sources ? NULL : saved->authorization, token);
    }
}

static as_error_t authenticate(request_rec *r, apr_pool_t *p, saved_verdict_t *saved)
{
    as_verdict_t *v = &saved->verdict;
    const as_srv_t *sc = as_srv(r->server);
    as_cache_t *cache = sc->child ? sc->child->tokens : NULL;
    apr_time_t now = as_clock_now();
    as_connection_token_t *copy = as_connection_token_get(r->connection);
    as_span_t standing = {NULL, 0};
    as_span_t text;
    as_error_t error = find_token(saved, copy, &text);

    v->token_is_valid = 0;
    v->cookie_is_ambiguous = error == AS_E_INVALID_TOKEN && v->cookie_name;
    if (error != AS_OK) {
        return error;
    }
    error = check_length(r, text, &v->reason);
    if (error != AS_OK) {
        return error;
    }
    error =
        as_token_verify(p, sc, copy ? &copy->token : NULL, cache, text, now, &v->token, &v->reason);
    if (error != AS_OK) {
        return error;
    }
    v->token_is_valid = 1;
    if (saved->max_age != AS_USER_CHECK_OFF) {
        error = as_account_check_standing(r, p, &v->token, saved->max_age, now, &v->account,
                                          &standing, &v->reason);
    }
    if (cache && (!v->token.environment || standing.len)) {
        save_token(r->connection, p, cache, saved, standing, copy);
    }
    return error;
}

/* Not older than max_age; with the account looked up if, and only if, it is wanted. */
static int is_fresh(const saved_verdict_t *saved, apr_interval_time_t max_age)
{
    return saved->max_age <= max_age &&
           (saved->max_age == AS_USER_CHECK_OFF) == (max_age == AS_USER_CHECK_OFF);
}

static saved_verdict_t *create_saved(const request_rec *first, const saved_verdict_t *before,
                                     const apr_array_header_t *sources)
{
    saved_verdict_t *saved = apr_palloc(first->pool, sizeof(*saved));

    saved->sources = sources;
    saved->authorization =
        before ? before->authorization : apr_table_get(first->headers_in, "Authorization");
    saved->cookies = before ? before->cookies : NULL;
    if (sources && !saved->cookies) {
        saved->cookies = apr_table_get(first->headers_in, "Cookie");
    }
    saved->section = NULL;
    saved->verdict.account = NULL;
    return saved;
}

const as_verdict_t *as_verdict_get(request_rec *r, apr_interval_time_t max_age)
{
    request_rec *first = r;
    const as_srv_t *sc;
    const apr_array_header_t *sources;
    saved_verdict_t *saved;

    while (first->main || first->prev) {
        first = first->main ? first->main : first->prev;
    }
    saved = ap_get_module_config(first->request_config, &authsms_module);
    /* For the main request only: the address of a sub-request's configuration may be that of an
     * earlier, freed one. */
    if (saved && r == first && saved->section == r->per_dir_config && saved->max_age <= max_age) {
        return &saved->verdict;
    }
    sc = as_srv(r->server);
    sources = as_dir_token_from(as_dir(r));
    if (!saved || saved->sc != sc || saved->sources != sources || !is_fresh(saved, max_age)) {
        saved = create_saved(first, saved, sources);
        saved->sc = sc;
        saved->max_age = max_age;
        saved->verdict.error = authenticate(r, first->pool, saved);
        ap_set_module_config(first->request_config, &authsms_module, saved);
    }
    if (r == first) {
        saved->section = r->per_dir_config;
    }
    return &saved->verdict;
}

static const char *get_tag(as_error_t error)
{
    switch (error) {
    case AS_E_NO_TOKEN:
        return AS_TAG(0410);
    case AS_E_EXPIRED_TOKEN:
        return AS_TAG(0412);
    case AS_E_UNAVAILABLE:
        return AS_TAG(0413);
    default:
        return AS_TAG(0411);
    }
}

void as_verdict_log_refusal(request_rec *r, const as_verdict_t *verdict)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s%.*s: refused: %s: %s", get_tag(verdict->error),
                  AS_LOG_CLIENT_TEXT_MAX, r->uri, as_error_code(verdict->error), verdict->reason);
}
