/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/challenge.h"

#include <apr_strings.h>
#include <http_core.h>

static const char FIELD[] = "WWW-Authenticate";

void as_challenge_set_headers(request_rec *r, as_error_t error)
{
    const char *name = ap_auth_name(r);
    /* ap_auth_name returns an escaped name. */
    const char *realm = name ? name : ap_escape_quotes(r->pool, r->server->server_hostname);
    const char *attribute = error == AS_E_NO_TOKEN ? "" : ", error=\"invalid_token\"";

    apr_table_setn(r->err_headers_out, FIELD, apr_psprintf(r->pool, "JWT realm=\"%s\"", realm));
    apr_table_addn(r->err_headers_out, FIELD,
                   apr_psprintf(r->pool, "Bearer realm=\"%s\"%s", realm, attribute));
}
