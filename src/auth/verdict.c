/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/verdict.h"

#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

#include "config/config.h"
#include "base/clock.h"
#include "text/credential.h"
#include "base/log.h"
#include "auth/account_check.h"
#include "server/child.h"

APLOG_USE_MODULE(authsms);

/* A verdict is good for the host it was made in, for where its token was looked for, and for
 * whoever wants it no fresher than it is. What the client sent stands beside it as it was when it
 * was first judged: RequestHeader may take it away from what runs behind, and what is judged again
 * after that is the same request. */
typedef struct kept_t {
    as_verdict_t verdict;
    const as_srv_t *sc;
    const apr_array_header_t *from; /* AuthSMSTokenFrom */
    const char *field;              /* NULL: there was none */
    const char *cookies;            /* NULL: there were none, or nobody has looked yet */
    apr_interval_time_t max_age;
    const ap_conf_vector_t *where; /* the first request asked here; NULL: it has not */
} kept_t;

/* The token that comes again and again on one connection. What was held stays where it is, since an
 * earlier request may still be logged: so only so many a connection. */
enum { HOLDS_MAX = 8 };

typedef struct hold_t {
    const char *field; /* the Authorization field of this token; NULL: it came in a cookie */
    as_token_t token;
    int count;
} hold_t;

static void hold(conn_rec *c, const kept_t *kept, hold_t *held)
{
    if (!held) {
        held = apr_pcalloc(c->pool, sizeof(*held));
        ap_set_module_config(c->conn_config, &authsms_module, held);
    }
    if (held->count < HOLDS_MAX) {
        held->count++;
        held->field = kept->from ? NULL : apr_pstrdup(c->pool, kept->field);
        as_token_hold(c->pool, &kept->verdict.token, &held->token);
    }
}

/* Keep what was found out, where it is found faster next time. A stream of HTTP/2 has a connection
 * for one request. */
static void keep(conn_rec *c, apr_pool_t *p, as_cache_t *known, const kept_t *kept,
                 as_span_t standing, hold_t *held)
{
    const as_token_t *token = &kept->verdict.token;

    if (standing.len && held) {
        held->field = NULL;
        held->token.text.data = NULL;
    }
    if (!token->known || standing.len) {
        as_token_cache_put(p, known, token, standing);
    } else if (!token->environment && c->keepalives && !c->master) {
        hold(c, kept, held);
    }
}

/* The same field over the same connection holds the same token: it is not taken apart again. */
static as_error_t find_text(const kept_t *kept, const hold_t *held, as_span_t *text,
                            as_verdict_t *v)
{
    if (held && held->field && !kept->from && kept->field &&
        strcmp(held->field, kept->field) == 0) {
        *text = held->token.text;
        v->cookie = NULL;
        return AS_OK;
    }
    return as_credential_find(kept->field, kept->cookies, kept->from, text, &v->cookie, &v->why);
}

/* httpd bounds header fields by the server's limit of the address, before it knows which virtual
 * host is meant: another limit of that host holds for tokens. */
static as_error_t bound(request_rec *r, as_span_t text, const char **why)
{
    if (text.len <= (apr_size_t)r->server->limit_req_fieldsize) {
        return AS_OK;
    }
    *why = "longer than LimitRequestFieldSize";
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "%.*s: a token of %" APR_SIZE_T_FMT " bytes is refused: LimitRequestFieldSize of "
                  "this virtual host is %d. Raise it there, or issue shorter tokens",
                  AS_LOG_CLIENT_TEXT_MAX, r->uri, text.len, r->server->limit_req_fieldsize);
    return AS_E_INVALID_TOKEN;
}

static as_error_t judge(request_rec *r, apr_pool_t *p, kept_t *kept)
{
    as_verdict_t *v = &kept->verdict;
    const as_srv_t *sc = as_srv(r->server);
    as_cache_t *known = sc->child ? sc->child->tokens : NULL;
    apr_time_t now = as_clock_now();
    hold_t *held = ap_get_module_config(r->connection->conn_config, &authsms_module);
    as_span_t standing = {NULL, 0};
    as_span_t text;
    as_error_t error = find_text(kept, held, &text, v);

    v->token_is_valid = 0;
    v->doubled = error == AS_E_INVALID_TOKEN && v->cookie;
    if (error == AS_OK) {
        error = bound(r, text, &v->why);
    }
    if (error == AS_OK) {
        error = as_token_verify(p, sc, held ? &held->token : NULL, known, text, now, &v->token,
                                &v->why);
        v->token_is_valid = error == AS_OK;
    }
    if (v->token_is_valid && kept->max_age != AS_USER_CHECK_OFF) {
        error = as_account_check_standing(r, p, &v->token, kept->max_age, now, &v->user, &standing,
                                          &v->why);
    }
    if (v->token_is_valid && known && (!v->token.environment || standing.len)) {
        keep(r->connection, p, known, kept, standing, held);
    }
    return error;
}

/* No older than it may be; and where the account does not matter, without it. */
static int is_as_asked(const kept_t *kept, apr_interval_time_t max_age)
{
    return kept->max_age <= max_age &&
           (kept->max_age == AS_USER_CHECK_OFF) == (max_age == AS_USER_CHECK_OFF);
}

static kept_t *begin(const request_rec *first, const kept_t *before, const apr_array_header_t *from)
{
    kept_t *kept = apr_palloc(first->pool, sizeof(*kept));

    kept->from = from;
    kept->field = before ? before->field : apr_table_get(first->headers_in, "Authorization");
    kept->cookies = before ? before->cookies : NULL;
    if (from && !kept->cookies) {
        kept->cookies = apr_table_get(first->headers_in, "Cookie");
    }
    kept->where = NULL;
    kept->verdict.user = NULL;
    return kept;
}

const as_verdict_t *as_verdict_get(request_rec *r, apr_interval_time_t max_age)
{
    request_rec *first = r;
    const as_srv_t *sc;
    const apr_array_header_t *from;
    kept_t *kept;

    while (first->main || first->prev) {
        first = first->main ? first->main : first->prev;
    }
    kept = ap_get_module_config(first->request_config, &authsms_module);
    /* A sub-request's configuration may be another's that was there before. */
    if (kept && r == first && kept->where == r->per_dir_config && kept->max_age <= max_age) {
        return &kept->verdict;
    }
    sc = as_srv(r->server);
    from = as_dir_token_from(as_dir(r));
    if (!kept || kept->sc != sc || kept->from != from || !is_as_asked(kept, max_age)) {
        kept = begin(first, kept, from);
        kept->sc = sc;
        kept->max_age = max_age;
        kept->verdict.error = judge(r, first->pool, kept);
        ap_set_module_config(first->request_config, &authsms_module, kept);
    }
    if (r == first) {
        kept->where = r->per_dir_config;
    }
    return &kept->verdict;
}

void as_verdict_log_refusal(request_rec *r, const as_verdict_t *verdict)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%.*s: refused: %s: %s", AS_LOG_CLIENT_TEXT_MAX,
                  r->uri, as_error_code(verdict->error), verdict->why);
}
