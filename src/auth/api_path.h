/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests the API serves. */
#ifndef AS_AUTH_API_PATH_H
#define AS_AUTH_API_PATH_H

#include <httpd.h>

#include "config/config.h"

/* What follows the API's path in the request's; NULL: the request is not below it. */
static inline const char *as_api_path_suffix(const request_rec *r)
{
    const char *root = as_srv_api_path(as_srv(r->server));
    const char *rest = r->uri;

    if (!root) {
        return NULL;
    }
    /* Every request passes here: most differ in the first letters. */
    while (*root && *root == *rest) {
        root++;
        rest++;
    }
    return !*root && (*rest == '/' || !*rest) ? rest : NULL;
}

/* Not all of the API's Location: with MergeSlashes Off httpd matches //app_api to it too. */
static inline int as_api_path_is_served(const request_rec *r)
{
    return as_dir_api(as_dir(r)) && as_api_path_suffix(r);
}

#endif
