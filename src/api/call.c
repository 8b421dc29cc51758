/* SPDX-License-Identifier: Apache-2.0 */
#include "api/call.h"

#include <string.h>

#include "text/json.h"

as_error_t as_call_succeed(as_call_t *call, int status, const char *msg)
{
    call->reply.status = status;
    call->reply.json = as_json_new_object(call->pool);
    json_object_object_add(call->reply.json, "success", json_object_new_boolean(1));
    if (msg) {
        json_object_object_add(call->reply.json, "msg", json_object_new_string(msg));
    }
    return AS_OK;
}

as_error_t as_call_fail_unavailable(as_call_t *call)
{
    call->reply.retry_after = apr_time_from_sec(1);
    return AS_E_UNAVAILABLE;
}

as_error_t as_call_fail_rate_limited(as_call_t *call, apr_interval_time_t wait)
{
    call->reply.retry_after = wait;
    return AS_E_RATE_LIMITED;
}

apr_int64_t as_call_count_seconds(apr_interval_time_t time)
{
    return (time + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC;
}

const char *as_call_get_own_url(const as_call_t *call)
{
    const char *public_url = as_srv_public_url(call->sc);
    const char *path = as_srv_api_path(call->sc);

    if (public_url) {
        return public_url;
    }
    return *path ? path : "/";
}

as_span_t as_call_get_secret(const as_call_t *call)
{
    return APR_ARRAY_IDX(call->sc->secrets, 0, as_span_t);
}
