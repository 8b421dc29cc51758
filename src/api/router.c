/* SPDX-License-Identifier: Apache-2.0 */
#include "api/router.h"

#include <apr_strings.h>

#include "api/second_factor.h"
#include "base/metric.h"

const as_route_t as_routes[] = {
    {.path = "", .get = as_endpoint_index, .offline = 1},
    {.path = "openapi.json", .get = as_endpoint_openapi, .offline = 1},
    {.path = ".well-known/jwks.json", .get = as_endpoint_jwks, .offline = 1},
    {.path = ".well-known/oauth-authorization-server", .get = as_endpoint_metadata, .offline = 1},
    {.path = "user", .post = as_endpoint_register, .post_event = AS_EVENT_REGISTER, .always200 = 1},
    {.path = "user/:id/verify",
     .post = as_endpoint_verify,
     .post_event = AS_EVENT_VERIFY,
     .always200 = 1},
    {.path = "user/:id/resend", .post = as_endpoint_resend, .post_event = AS_EVENT_RESEND},
    {.path = "authenticate",
     .post = as_endpoint_authenticate,
     .post_event = AS_EVENT_LOGIN,
     .login_method = AS_METHOD_PASSWORD,
     .sets_cookie = 1,
     .always200 = 1},
    {.path = "authenticate/sms",
     .post = as_endpoint_authenticate_sms,
     .post_event = AS_EVENT_LOGIN},
    {.path = "authenticate/verify",
     .post = as_endpoint_authenticate_verify,
     .post_event = AS_EVENT_LOGIN,
     .login_method = AS_METHOD_SMS,
     .sets_cookie = 1},
    {.path = "token",
     .post = as_endpoint_token,
     .post_event = AS_EVENT_REFRESH,
     .sets_cookie = 1,
     .oauth = 1},
    {.path = "revoke", .post = as_endpoint_revoke, .post_event = AS_EVENT_LOGOUT, .oauth = 1},
    {.path = "sms/status",
     .get = as_endpoint_sms_status,
     .post = as_endpoint_sms_status,
     .get_event = AS_EVENT_SMS_RECEIPT,
     .post_event = AS_EVENT_SMS_RECEIPT,
     .raw_input = 1},
    {.path = "logout",
     .post = as_endpoint_logout,
     .post_event = AS_EVENT_LOGOUT,
     .accepts_token = 1},
    {.path = "sessions", .get = as_endpoint_sessions, .requires_token = 1},
    {.path = "sessions/:sid",
     .delete = as_endpoint_session_delete,
     .delete_event = AS_EVENT_SESSION_END,
     .requires_token = 1},
    {.path = "users/factors", .get = as_endpoint_factors, .requires_token = 1},
    {.path = "users/factors/sms",
     .post = as_endpoint_enable_sms_factor,
     .post_event = AS_EVENT_FACTOR_ADD,
     .delete = as_endpoint_disable_sms_factor,
     .delete_event = AS_EVENT_FACTOR_REMOVE,
     .requires_token = 1},
    {.path = "users/confirm",
     .post = as_endpoint_confirm,
     .post_event = AS_EVENT_CONFIRM,
     .requires_token = 1,
     .sets_cookie = 1},
    {.path = "users/confirm/sms", .post = as_endpoint_confirm_sms, .requires_token = 1},
    {.path = "users",
     .get = as_endpoint_account,
     .patch = as_endpoint_change_mobile,
     .patch_event = AS_EVENT_NUMBER_CHANGE,
     .delete = as_endpoint_delete_account,
     .delete_event = AS_EVENT_ACCOUNT_DELETE,
     .requires_token = 1},
    {.path = "users/verify",
     .post = as_endpoint_verify_mobile,
     .post_event = AS_EVENT_NUMBER_VERIFY,
     .requires_token = 1},
    {.path = "users/password",
     .post = as_endpoint_change_password,
     .post_event = AS_EVENT_PASSWORD_CHANGE,
     .requires_token = 1},
    {.path = "users/delete",
     .post = as_endpoint_delete_account,
     .post_event = AS_EVENT_ACCOUNT_DELETE,
     .requires_token = 1},
    {.path = "users/export",
     .post = as_endpoint_export_account,
     .post_event = AS_EVENT_ACCOUNT_EXPORT,
     .requires_token = 1},
    {.path = "password/forgot",
     .post = as_endpoint_forgot_password,
     .post_event = AS_EVENT_PASSWORD_FORGOT},
    {.path = "password/reset",
     .post = as_endpoint_reset_password,
     .post_event = AS_EVENT_PASSWORD_RESET},
    {.path = NULL},
};

/* Does the path match the pattern? */
static int matches_pattern(apr_pool_t *p, const char *pattern, const char *path, const char **id)
{
    *id = NULL;
    while (*pattern && *path) {
        if (*pattern == ':') {
            apr_size_t len = strcspn(path, "/");

            if (!len) {
                return 0;
            }
            *id = apr_pstrmemdup(p, path, len);
            path += len;
            pattern += strcspn(pattern, "/");
        } else if (*pattern++ != *path++) {
            return 0;
        }
    }
    return !*pattern && !*path;
}

const as_route_t *as_router_find_route(apr_pool_t *p, const char *path, const char **id)
{
    apr_size_t len = strlen(path);
    const as_route_t *route = as_routes;

    if (*path == '/') {
        path++;
        len--;
    }
    if (len && path[len - 1] == '/') {
        path = apr_pstrmemdup(p, path, len - 1);
    }
    while (route->path && !matches_pattern(p, route->path, path, id)) {
        route++;
    }
    return route->path ? route : NULL;
}

int as_router_get_number(const as_route_t *route)
{
    return (int)(route - as_routes) + 1;
}

/* Paths with a slash: the empty value of a label would mean that the label is absent. */
apr_status_t as_router_name_metrics(apr_pool_t *pconf)
{
    enum { ROUTES = sizeof(as_routes) / sizeof(as_routes[0]) - 1 };
    const char **paths = apr_palloc(pconf, ROUTES * sizeof(*paths));

    for (int i = 0; i < ROUTES; i++) {
        paths[i] = apr_pstrcat(pconf, "/", as_routes[i].path, NULL);
    }
    return as_metric_set_values(AS_METRIC_LABEL_ROUTE, paths, ROUTES);
}

as_endpoint_fn_t *as_router_find_endpoint(const as_route_t *route, int method_number)
{
    switch (method_number) {
#define AS_ROUTE_CASE(member, method, allow)                                                       \
    case M_##method:                                                                               \
        return route->member;
        AS_ROUTE_METHODS(AS_ROUTE_CASE)
#undef AS_ROUTE_CASE
    default:
        return NULL;
    }
}

as_event_kind_t as_router_find_event(const as_route_t *route, int method_number)
{
    switch (method_number) {
#define AS_ROUTE_CASE(member, method, allow)                                                       \
    case M_##method:                                                                               \
        return route->member##_event;
        AS_ROUTE_METHODS(AS_ROUTE_CASE)
#undef AS_ROUTE_CASE
    default:
        return AS_EVENT_NONE;
    }
}

const char *as_router_list_methods(apr_pool_t *p, const as_route_t *route)
{
#define AS_ROUTE_ALLOW(member, method, allow) route->member ? allow ", " : "",
    return apr_pstrcat(p, AS_ROUTE_METHODS(AS_ROUTE_ALLOW) "OPTIONS", NULL);
#undef AS_ROUTE_ALLOW
}
