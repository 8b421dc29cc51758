/* SPDX-License-Identifier: Apache-2.0 */
/* GET /.well-known/oauth-authorization-server (RFC 8414) */
#include "api/call.h"

#include <apr_strings.h>

#include "text/json.h"

static void add_text(json_object *json, const char *name, const char *text)
{
    json_object_object_add(json, name, json_object_new_string(text));
}

/* text NULL: an empty array. */
static void add_list(json_object *json, const char *name, const char *text)
{
    as_json_add_list(json, name, text, " ");
}

/* The URL of a route. */
static void add_route(const as_call_t *call, json_object *json, const char *name, const char *path)
{
    add_text(json, name, apr_pstrcat(call->pool, as_srv_public_url(call->sc), path, NULL));
}

as_error_t as_endpoint_metadata(as_call_t *call)
{
    const as_srv_t *sc = call->sc;
    json_object *json;
    as_span_t text;

    /* The URLs must be absolute. The Host of the request is chosen by the client. */
    if (!as_srv_issuer(sc) || !as_srv_public_url(sc)) {
        return AS_E_NOT_FOUND;
    }
    json = as_json_new_object(call->pool);
    add_text(json, "issuer", as_srv_issuer(sc));
    add_route(call, json, "jwks_uri", "/.well-known/jwks.json");
    add_route(call, json, "token_endpoint", "/token");
    add_list(json, "token_endpoint_auth_methods_supported", "none");
    /* Empty lists are given: without them RFC 8414 has other defaults. */
    add_list(json, "grant_types_supported", as_srv_refresh_ttl(sc) ? "refresh_token" : NULL);
    add_list(json, "response_types_supported", NULL);
    add_route(call, json, "revocation_endpoint", "/revoke");
    add_list(json, "revocation_endpoint_auth_methods_supported", "none");
    text = as_json_serialize(json);
    call->reply.document = apr_pstrmemdup(call->pool, text.data, text.len);
    call->reply.document_type = "application/json";
    return AS_OK;
}
