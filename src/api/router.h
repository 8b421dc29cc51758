/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: path, methods and what each needs before its endpoint runs. */
#ifndef AS_API_ROUTER_H
#define AS_API_ROUTER_H

#include "api/call.h"

typedef struct as_route_t {
    const char *path; /* below the API, without slashes at its ends; ":id" matches one segment */
    as_endpoint_fn_t *get;
    as_endpoint_fn_t *post;
    int offline;        /* needs no database */
    int raw_input;      /* gets call->raw_query and call->raw_body, unparsed */
    int requires_token; /* an invalid token is rejected; the endpoint reads call->verdict */
    int accepts_token;  /* the endpoint reads call->verdict, which may be an error */
    int sets_cookie;    /* of AuthSMSCookie: requests of other sites are rejected */
    int always200;      /* AuthSMSStatus always200 applies to its POST */
} as_route_t;

/* Ends with a NULL path. */
extern const as_route_t as_routes[];

/* The route that matches a path, and the segment that matches :id (NULL: none). A slash at the end
 * of the path is ignored. NULL: no route matches. */
const as_route_t *as_router_find_route(apr_pool_t *p, const char *path, const char **id);

/* The value of Allow: the methods of a route. */
const char *as_router_list_methods(apr_pool_t *p, const as_route_t *route);

#endif
