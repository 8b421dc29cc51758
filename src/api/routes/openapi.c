/* SPDX-License-Identifier: Apache-2.0 */
/* GET /openapi.json */
#include "api/call.h"

#include <apr_strings.h>

#include "api/openapi_text.h"
#include "base/version.h"
#include "text/json.h"

static const char *quote(apr_pool_t *p, const char *text)
{
    json_object *holder = as_json_new_object(p);

    json_object_object_add(holder, "text", json_object_new_string(text));
    return as_json_serialize(json_object_object_get(holder, "text")).data;
}

as_error_t as_endpoint_openapi(as_call_t *call)
{
    apr_pool_t *p = call->pool;

    call->reply.document =
        apr_pstrcat(p, as_openapi_head, quote(p, as_version()), as_openapi_middle,
                    quote(p, as_call_get_own_url(call)), as_openapi_tail, NULL);
    call->reply.document_type = "application/json; charset=utf-8";
    return AS_OK;
}
