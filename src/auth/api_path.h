/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests are API requests. */
#ifndef AS_AUTH_API_PATH_H
#define AS_AUTH_API_PATH_H

#include <httpd.h>

#include "config/config.h"

/* The rest of the request's path after that of the API; NULL: the path is not below it. */
static inline const char *as_api_path_suffix(const request_rec *r)
{
    const char *root = as_srv_api_path(as_srv(r->server));
    const char *rest = r->uri;

    if (!root) {
        return NULL;
    }
    /* Faster than strncmp: every request passes here, and most differ in the first bytes. */
    while (*root && *root == *rest) {
        root++;
        rest++;
    }
    return !*root && (*rest == '/' || !*rest) ? rest : NULL;
}

/* Does the API serve this request? Both conditions: with MergeSlashes Off httpd applies the
 * Location of the API also to //app_api. */
static inline int as_api_path_is_served(const request_rec *r)
{
    return as_dir_api(as_dir(r)) && as_api_path_suffix(r);
}

#endif
