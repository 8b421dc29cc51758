/* SPDX-License-Identifier: Apache-2.0 */
#include "api/router.h"

#include <apr_strings.h>

const as_route_t as_routes[] = {
    {.path = "", .get = as_index, .offline = 1},
    {.path = ".well-known/jwks.json", .get = as_jwks, .offline = 1},
    {.path = "user", .post = as_register, .origin = 1},
    {.path = "user/:id/verify", .post = as_verify, .origin = 1},
    {.path = "user/:id/resend", .post = as_resend},
    {.path = "authenticate", .post = as_authenticate, .logs_in = 1, .origin = 1},
    {.path = "sms/status", .get = as_sms_status, .post = as_sms_status, .raw = 1},
    {.path = "logout", .post = as_logout, .takes_token = 1},
    {.path = "users", .get = as_account, .needs_token = 1},
    {.path = NULL},
};

/* Does the path fit the pattern? */
static int fits(apr_pool_t *p, const char *pattern, const char *path, const char **id)
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

const as_route_t *as_route_find(apr_pool_t *p, const char *path, const char **id)
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
    while (route->path && !fits(p, route->path, path, id)) {
        route++;
    }
    return route->path ? route : NULL;
}

const char *as_route_allow(apr_pool_t *p, const as_route_t *route)
{
    return apr_pstrcat(p, route->get ? "GET, HEAD, " : "", route->post ? "POST, " : "", "OPTIONS",
                       NULL);
}
