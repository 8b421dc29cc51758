/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>

#include "api/call.h"
#include "api/reply.h"
#include "api/router.h"
#include "base/clock.h"
#include "auth/api_path.h"
#include "auth/cookie.h"
#include "auth/cors.h"
#include "auth/origin.h"

/* The handler's name, by its address the mark of a request that we claimed. */
static const char HANDLER[] = AS_API_HANDLER;

/* The Location's word counts, not the path alone: a deeper section may say Off. Not a part of the
 * hooks: every request asks them, and would pay for what this needs. */
__attribute__((noinline)) static int is_api_here(request_rec *r)
{
    ap_conf_vector_t *before = r->per_dir_config;
    int api = ap_location_walk(r) == OK && as_dir_api(as_dir(r));

    r->per_dir_config = before;
    return api;
}

int as_api_is_requested(request_rec *r)
{
    return as_api_path_suffix(r) && is_api_here(r);
}

int as_api_translate_name(request_rec *r)
{
    return as_api_is_requested(r) ? OK : DECLINED;
}

int as_api_map_to_storage(request_rec *r)
{
    if (!as_api_is_requested(r)) {
        return DECLINED;
    }
    r->handler = HANDLER;
    r->proxyreq = PROXYREQ_NONE;
    r->filename = r->uri;
    return OK;
}

int as_api_fixups(request_rec *r)
{
    if (!as_api_path_is_served(r)) {
        return DECLINED;
    }
    r->handler = HANDLER;
    return OK;
}

static as_error_t judge_token(as_call_t *call)
{
    call->verdict = as_verdict_get(call->r, 0);
    if (call->verdict->error != AS_OK) {
        as_verdict_log_refusal(call->r, call->verdict);
    }
    if (call->verdict->error == AS_E_UNAVAILABLE) {
        return as_call_fail_unavailable(call);
    }
    as_cookie_clear_refused(call->r, call->sc, call->verdict);
    return call->verdict->error;
}

/* A browser sends cookies, and takes them, whatever site makes it ask. */
static as_error_t judge_origin(const as_call_t *call, const as_route_t *route)
{
    int matters = as_origin_needs_check(call->r) &&
                  ((route->sets_cookie && as_srv_cookie(call->sc)) ||
                   (call->verdict && call->verdict->cookie && call->verdict->token_is_valid));

    if (!matters || as_origin_is_trusted(call->r, call->sc, call->dc)) {
        return AS_OK;
    }
    as_origin_log_refusal(call->r, call->sc);
    return AS_E_CROSS_ORIGIN;
}

/* Returns OK or the status that httpd is to answer. */
static int run(as_call_t *call, const as_route_t *route, as_endpoint_fn_t *endpoint,
               as_error_t *error)
{
    int status = OK;

    *error = AS_OK;
    if (route->raw && call->r->method_number == M_POST) {
        status = as_body_read_raw(call->r, &call->raw, error);
    } else if (!route->raw && endpoint == route->post) {
        status = as_body_read(call->r, &call->body, error);
    }
    if (status == OK && *error == AS_OK && route->requires_token) {
        *error = judge_token(call);
    } else if (status == OK && *error == AS_OK && route->accepts_token) {
        call->verdict = as_verdict_get(call->r, 0);
    }
    if (status == OK && *error == AS_OK) {
        *error = judge_origin(call, route);
    }
    if (status == OK && *error == AS_OK && !route->offline) {
        call->db = as_child_get_db(call->r->server, call->pool);
        *error = call->db ? AS_OK : as_call_fail_unavailable(call);
    }
    if (status == OK && *error == AS_OK) {
        *error = endpoint(call);
    }
    return status;
}

static as_endpoint_fn_t *endpoint_of(const request_rec *r, const as_route_t *route)
{
    as_endpoint_fn_t *endpoint = NULL;

    if (r->method_number == M_GET) {
        endpoint = route->get;
    } else if (r->method_number == M_POST) {
        endpoint = route->post;
    }
    return endpoint;
}

static int options(as_call_t *call, const as_route_t *route)
{
    apr_table_setn(call->r->headers_out, "Allow", as_router_list_methods(call->pool, route));
    as_cors_accept_preflight(call->r, call->dc);
    return as_reply_send_empty(call);
}

/* A receipt by GET has a phone number in its query, which the access log is not to show. */
static const char *take_query(request_rec *r)
{
    const char *query = r->args;

    if (query) {
        r->the_request = apr_pstrcat(r->pool, r->method, " ", r->uri, " ", r->protocol, NULL);
        r->unparsed_uri = r->uri;
        r->parsed_uri.query = NULL;
        r->args = NULL;
    }
    return query;
}

/* Not a part of the hook: every request asks that, and would pay for what this needs. */
__attribute__((noinline)) static int handle(request_rec *r)
{
    as_call_t call = {
        .r = r,
        .pool = r->pool,
        .sc = as_srv(r->server),
        .dc = as_dir(r),
        .now = as_clock_now(),
    };
    const as_route_t *route;
    as_endpoint_fn_t *endpoint;
    as_error_t error = AS_OK;
    int status = OK;

    /* An answer is whole or it is nothing. */
    apr_table_unset(r->headers_in, "Range");
    route = as_router_find_route(r->pool, as_api_path_suffix(r), &call.id);
    if (!route) {
        return as_reply_send(&call, AS_E_NOT_FOUND, 0);
    }
    call.route = route->path;
    call.query = route->raw ? take_query(r) : NULL;
    if (r->method_number == M_OPTIONS) {
        return options(&call, route);
    }
    endpoint = endpoint_of(r, route);
    if (endpoint) {
        status = run(&call, route, endpoint, &error);
    } else {
        apr_table_setn(r->headers_out, "Allow", as_router_list_methods(r->pool, route));
        error = AS_E_METHOD_NOT_ALLOWED;
    }
    if (status == OK && error == AS_OK && call.reply.status == HTTP_NO_CONTENT) {
        return as_reply_send_empty(&call);
    }
    return status == OK
               ? as_reply_send(&call, error, route->origin && endpoint && as_dir_always200(call.dc))
               : status;
}

int as_api_handler(request_rec *r)
{
    return r->handler == HANDLER ? handle(r) : DECLINED;
}
