/* SPDX-License-Identifier: Apache-2.0 */
/* Every route of the API, in one table. */
#ifndef AS_API_ROUTER_H
#define AS_API_ROUTER_H

#include "api/call.h"

typedef struct as_route_t {
    const char *path; /* below the API, without slashes at the ends; ":id" stands for one segment */
    as_endpoint_fn *get;
    as_endpoint_fn *post;
    int offline; /* needs no database */
    int raw;     /* takes its query and its body as they are */
    int needs_token;
    int takes_token; /* has call->verdict, whatever it says */
    int logs_in;     /* sets the cookie of AuthSMSCookie: not for other sites */
    int origin;      /* a POST route of the original system: AuthSMSStatus always200 applies */
} as_route_t;

extern const as_route_t as_routes[]; /* ends with a NULL path */

/* The route of a path and what stands for :id in it; NULL: none. A slash at the end does not
 * matter. */
const as_route_t *as_route_find(apr_pool_t *p, const char *path, const char **id);

/* The methods of a route, for Allow. */
const char *as_route_allow(apr_pool_t *p, const as_route_t *route);

#endif
