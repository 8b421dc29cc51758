/* SPDX-License-Identifier: Apache-2.0 */
/* Every route of the API, in one table. */
#ifndef AS_API_ROUTER_H
#define AS_API_ROUTER_H

#include "api/call.h"

typedef struct as_route_t {
    const char *path; /* below the API, without slashes at the ends; ":id" stands for one segment */
    as_endpoint_fn_t *get;
    as_endpoint_fn_t *post;
    int offline; /* needs no database */
    int raw;     /* takes its query and its body as they are */
    int requires_token;
    int accepts_token; /* has call->verdict, whatever it says */
    int sets_cookie;   /* sets the cookie of AuthSMSCookie: not for other sites */
    int origin;        /* a POST route of the original system: AuthSMSStatus always200 applies */
} as_route_t;

extern const as_route_t as_routes[]; /* ends with a NULL path */

/* The route of a path and what stands for :id in it; NULL: none. A slash at the end does not
 * matter. */
const as_route_t *as_router_find_route(apr_pool_t *p, const char *path, const char **id);

/* The methods of a route, for Allow. */
const char *as_router_list_methods(apr_pool_t *p, const as_route_t *route);

#endif
