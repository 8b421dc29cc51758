/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api.h"

#include <http_protocol.h>
#include <http_request.h>

#include "api/call.h"
#include "api/call_metrics.h"
#include "api/query.h"
#include "api/reply.h"
#include "api/router.h"
#include "auth/api_path.h"
#include "auth/cookie.h"
#include "auth/cors.h"
#include "auth/origin.h"
#include "base/clock.h"

/* r->handler points to it in requests that this module has claimed: compared by address. */
static const char HANDLER[] = AS_API_HANDLER;

/* The merged AuthSMSApi counts, not the path alone: a deeper section may set it Off. Not inlined:
 * it runs in API requests only, and every request would save its registers. */
__attribute__((noinline)) static int is_api_enabled(request_rec *r)
{
    ap_conf_vector_t *before = r->per_dir_config;
    int enabled = ap_location_walk(r) == OK && as_dir_api(as_dir(r));

    r->per_dir_config = before;
    return enabled;
}

int as_api_is_requested(request_rec *r)
{
    return as_api_path_suffix(r) && is_api_enabled(r);
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

/* ---- before the endpoint ---- */

/* Read the body, of every method except GET and HEAD. Returns OK with *error, or the status that
 * httpd responds with. */
static int read_input(as_call_t *call, const as_route_t *route, as_error_t *error)
{
    if (call->r->method_number == M_GET) {
        return OK;
    }
    return route->raw_input ? as_body_read_raw(call->r, &call->raw_body, error)
                            : as_body_read(call->r, &call->body, error);
}

static as_error_t check_token(as_call_t *call, const as_route_t *route)
{
    const as_verdict_t *verdict;

    if (!route->requires_token && !route->accepts_token) {
        return AS_OK;
    }
    verdict = call->verdict = as_verdict_get(call->r, 0);
    if (!route->requires_token || verdict->error == AS_OK) {
        return AS_OK;
    }
    as_verdict_log_refusal(call->r, verdict);
    if (verdict->error == AS_E_UNAVAILABLE) {
        return as_call_fail_unavailable(call);
    }
    as_cookie_clear_refused(call->r, call->sc, verdict);
    return verdict->error;
}

/* Does the request set a cookie, or is it authenticated by one? */
static int uses_cookie(const as_call_t *call, const as_route_t *route)
{
    const as_verdict_t *verdict = call->verdict;

    return (route->sets_cookie && as_srv_cookie(call->sc)) ||
           (verdict && verdict->cookie_name && verdict->token_is_valid);
}

/* Browsers send and store cookies also in requests that another site triggers. */
static as_error_t check_origin(const as_call_t *call, const as_route_t *route)
{
    if (!uses_cookie(call, route) || as_origin_allows_cookie(call->r, call->sc, call->dc)) {
        return AS_OK;
    }
    return AS_E_CROSS_ORIGIN;
}

static as_error_t open_database(as_call_t *call, const as_route_t *route)
{
    if (route->offline) {
        return AS_OK;
    }
    call->db = as_child_get_db(call->r->server, call->pool);
    return call->db ? AS_OK : as_call_fail_unavailable(call);
}

static as_error_t run_endpoint(as_call_t *call, const as_route_t *route, as_endpoint_fn_t *endpoint)
{
    as_error_t error = check_token(call, route);

    if (error != AS_OK) {
        return error;
    }
    error = check_origin(call, route);
    if (error != AS_OK) {
        return error;
    }
    error = open_database(call, route);
    if (error != AS_OK) {
        return error;
    }
    return endpoint(call);
}

/* ---- the handler ---- */

static int answer_options(as_call_t *call, const as_route_t *route)
{
    apr_table_setn(call->r->headers_out, "Allow", as_router_list_methods(call->pool, route));
    as_cors_accept_preflight(call->r, call->dc);
    return as_reply_send_empty(call);
}

static int refuse_method(as_call_t *call, const as_route_t *route)
{
    apr_table_setn(call->r->headers_out, "Allow", as_router_list_methods(call->pool, route));
    return as_reply_send(call, AS_E_METHOD_NOT_ALLOWED, 0);
}

static int answer_call(as_call_t *call, const as_route_t *route, as_endpoint_fn_t *endpoint)
{
    as_error_t error = AS_OK;
    int status;

    call->login_method = route->login_method;
    call->reply.oauth = route->oauth;
    status = read_input(call, route, &error);
    if (status != OK) {
        as_call_metrics_count_request(call, status);
        return status;
    }
    if (error == AS_OK) {
        error = run_endpoint(call, route, endpoint);
    }
    if (error == AS_OK && call->reply.status == HTTP_NO_CONTENT) {
        return as_reply_send_empty(call);
    }
    return as_reply_send(call, error, route->always200 && as_dir_always200(call->dc));
}

/* Not inlined: every request runs the hook, and would save the registers of this function. */
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

    /* Replies are never sent in ranges. */
    apr_table_unset(r->headers_in, "Range");
    route = as_router_find_route(r->pool, as_api_path_suffix(r), &call.path_id);
    if (!route) {
        return as_reply_send(&call, AS_E_NOT_FOUND, 0);
    }
    call.route = route->path;
    call.route_number = as_router_get_number(route);
    call.event.kind = as_router_find_event(route, r->method_number);
    call.raw_query = route->raw_input ? as_query_take(r) : NULL;
    if (r->method_number == M_OPTIONS) {
        return answer_options(&call, route);
    }
    endpoint = as_router_find_endpoint(route, r->method_number);
    if (!endpoint) {
        return refuse_method(&call, route);
    }
    return answer_call(&call, route, endpoint);
}

int as_api_handler(request_rec *r)
{
    return r->handler == HANDLER ? handle(r) : DECLINED;
}
