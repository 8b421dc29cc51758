/* SPDX-License-Identifier: Apache-2.0 */
/* How the configuration of a request's section guards it. */
#ifndef AS_GUARD_LOCATION_H
#define AS_GUARD_LOCATION_H

#include <http_core.h>
#include <httpd.h>

#include "auth/api_path.h"
#include "config/config.h"

/* Is AuthType JWT in effect? */
static inline int as_location_has_auth_type(request_rec *r)
{
    as_auth_type_t type = as_dir(r)->auth.type;
    const char *evaluated = type == AS_AUTH_TYPE_EXPRESSION ? ap_auth_type(r) : NULL;

    return type == AS_AUTH_TYPE_JWT || (evaluated && ap_cstr_casecmp(evaluated, "JWT") == 0);
}

/* Is AuthSMSProtect On in effect? It does not apply to API requests. */
static inline int as_location_is_protected(const request_rec *r)
{
    return as_dir_protect(as_dir(r)) && !as_api_path_is_served(r);
}

/* May the response to this method depend on a token? */
static inline int as_location_is_guarded(request_rec *r)
{
    return as_location_is_protected(r) ||
           (as_location_has_auth_type(r) &&
            as_auth_rule_may_need_user(&as_dir(r)->auth, r->method_number));
}

/* Is AuthType JWT set without AuthSMSProtect, and without a Require in its section or a deeper one?
 * Then an inherited `Require all granted` would bypass authentication. */
static inline int as_location_lacks_require(request_rec *r)
{
    return as_auth_rule_lacks_require(&as_dir(r)->auth, r->method_number) &&
           as_location_has_auth_type(r) && !as_location_is_protected(r);
}

#endif
