/* SPDX-License-Identifier: Apache-2.0 */
/* GET / */
#include "api/call.h"

#include <apr_strings.h>

#include "api/router.h"

static void add_route(const as_call_t *call, json_object *routes, const char *method,
                      const char *path)
{
    const char *text = apr_pstrcat(call->pool, method, " /", path, NULL);

    json_object_array_add(routes, json_object_new_string(text));
}

as_error_t as_endpoint_index(as_call_t *call)
{
    json_object *routes = json_object_new_array();
    const char *url = as_call_get_own_url(call);

    as_call_succeed(call, HTTP_OK, apr_psprintf(call->pool, "Hello! The API is at %s", url));
    json_object_object_add(call->reply.json, "name", json_object_new_string("authsms"));
    json_object_object_add(call->reply.json, "routes", routes);
    for (const as_route_t *route = as_routes; route->path; route++) {
#define AS_ROUTE_ADD(member, method, allow)                                                        \
    if (route->member) {                                                                           \
        add_route(call, routes, #method, route->path);                                             \
    }
        AS_ROUTE_METHODS(AS_ROUTE_ADD)
#undef AS_ROUTE_ADD
    }
    return AS_OK;
}
