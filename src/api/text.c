/* SPDX-License-Identifier: Apache-2.0 */
#include "api/text.h"

#include <apr_strings.h>
#include <http_core.h>

static const char *app_name(const as_call_t *call)
{
    const char *name = as_srv_app_name(call->sc);

    /* Not ap_get_server_name: with UseCanonicalName Off that is what the client wrote into Host. */
    return name ? name : call->r->server->server_hostname;
}

const char *as_text_code(const as_call_t *call, const char *code)
{
    apr_int64_t minutes =
        (as_srv_code_ttl(call->sc) + apr_time_from_sec(59)) / apr_time_from_sec(60);

    return apr_psprintf(call->pool,
                        "%s: your code is %s. It is good for %" APR_INT64_T_FMT " minute%s.",
                        app_name(call), code, minutes, minutes == 1 ? "" : "s");
}

const char *as_text_welcome(const as_call_t *call)
{
    return apr_psprintf(call->pool, "%s: you are signed up. Welcome!", app_name(call));
}
