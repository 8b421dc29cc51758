/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: path, methods and what each needs before its endpoint runs. */
#ifndef AS_API_ROUTER_H
#define AS_API_ROUTER_H

#include "api/call.h"

/* The methods that routes can have: the member of as_route_t, httpd's constant after M_, and what
 * the method adds to Allow. */
#define AS_ROUTE_METHODS(X)                                                                        \
    X(get, GET, "GET, HEAD")                                                                       \
    X(post, POST, "POST")                                                                          \
    X(patch, PATCH, "PATCH")                                                                       \
    X(delete, DELETE, "DELETE")

typedef struct as_route_t {
    const char *path; /* below the API, without slashes at its ends; ":id" matches one segment */
#define AS_ROUTE_MEMBER(member, method, allow) as_endpoint_fn_t *member; /* NULL: not allowed */
    AS_ROUTE_METHODS(AS_ROUTE_MEMBER)
#undef AS_ROUTE_MEMBER
/* The event of a call by this method (base/event.h); AS_EVENT_NONE: none. */
#define AS_ROUTE_EVENT(member, method, allow) as_event_kind_t member##_event;
    AS_ROUTE_METHODS(AS_ROUTE_EVENT)
#undef AS_ROUTE_EVENT
    int login_method;   /* of a login, unless its endpoint sets another (call.h); 0: no login */
    int offline;        /* needs no database */
    int raw_input;      /* gets call->raw_query and call->raw_body, unparsed */
    int requires_token; /* an invalid token is rejected; the endpoint reads call->verdict */
    int accepts_token;  /* the endpoint reads call->verdict, which may be an error */
    int sets_cookie;    /* of AuthSMSCookie: requests of other sites are rejected */
    int oauth;          /* call->reply.oauth of a POST, until the endpoint decides */
    int always200;      /* AuthSMSStatus always200 applies to its POST */
} as_route_t;

/* Ends with a NULL path. */
extern const as_route_t as_routes[];

/* The route that matches a path, and the segment that matches :id (NULL: none). A slash at the end
 * of the path is ignored. NULL: no route matches. */
const as_route_t *as_router_find_route(apr_pool_t *p, const char *path, const char **id);

/* The place of a route in the table, from 1. */
int as_router_get_number(const as_route_t *route);

/* post_config: name the values of the metrics' label `route`, in the order of the table. */
apr_status_t as_router_name_metrics(apr_pool_t *pconf);

/* The endpoint of a request's method; GET serves HEAD too. NULL: the route does not allow it. */
as_endpoint_fn_t *as_router_find_endpoint(const as_route_t *route, int method_number);

/* The event of a request's method. */
as_event_kind_t as_router_find_event(const as_route_t *route, int method_number);

/* The value of Allow: the methods of a route. */
const char *as_router_list_methods(apr_pool_t *p, const as_route_t *route);

#endif
