/* SPDX-License-Identifier: Apache-2.0 */
#include "api/router.h"

#include <apr_strings.h>

const as_route_t as_routes[] = {
    {.path = "", .get = as_endpoint_index, .offline = 1},
    {.path = ".well-known/jwks.json", .get = as_endpoint_jwks, .offline = 1},
    {.path = "user", .post = as_endpoint_register, .always200 = 1},
    {.path = "user/:id/verify", .post = as_endpoint_verify, .always200 = 1},
    {.path = "user/:id/resend", .post = as_endpoint_resend},
    {.path = "authenticate", .post = as_endpoint_authenticate, .sets_cookie = 1, .always200 = 1},
    {.path = "authenticate/sms", .post = as_endpoint_authenticate_sms},
    {.path = "authenticate/verify", .post = as_endpoint_authenticate_verify, .sets_cookie = 1},
    {.path = "token", .post = as_endpoint_token, .sets_cookie = 1, .oauth = 1},
    {.path = "revoke", .post = as_endpoint_revoke, .oauth = 1},
    {.path = "sms/status",
     .get = as_endpoint_sms_status,
     .post = as_endpoint_sms_status,
     .raw_input = 1},
    {.path = "logout", .post = as_endpoint_logout, .accepts_token = 1},
    {.path = "sessions", .get = as_endpoint_sessions, .requires_token = 1},
    {.path = "sessions/:sid", .delete = as_endpoint_session_delete, .requires_token = 1},
    {.path = "users/factors", .get = as_endpoint_factors, .requires_token = 1},
    {.path = "users/factors/sms",
     .post = as_endpoint_enable_sms_factor,
     .delete = as_endpoint_disable_sms_factor,
     .requires_token = 1},
    {.path = "users/confirm", .post = as_endpoint_confirm, .requires_token = 1, .sets_cookie = 1},
    {.path = "users/confirm/sms", .post = as_endpoint_confirm_sms, .requires_token = 1},
    {.path = "users",
     .get = as_endpoint_account,
     .patch = as_endpoint_change_mobile,
     .delete = as_endpoint_delete_account,
     .requires_token = 1},
    {.path = "users/verify", .post = as_endpoint_verify_mobile, .requires_token = 1},
    {.path = "users/password", .post = as_endpoint_change_password, .requires_token = 1},
    {.path = "users/delete", .post = as_endpoint_delete_account, .requires_token = 1},
    {.path = "users/export", .post = as_endpoint_export_account, .requires_token = 1},
    {.path = "password/forgot", .post = as_endpoint_forgot_password},
    {.path = "password/reset", .post = as_endpoint_reset_password},
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

const char *as_router_list_methods(apr_pool_t *p, const as_route_t *route)
{
#define AS_ROUTE_ALLOW(member, method, allow) route->member ? allow ", " : "",
    return apr_pstrcat(p, AS_ROUTE_METHODS(AS_ROUTE_ALLOW) "OPTIONS", NULL);
#undef AS_ROUTE_ALLOW
}
