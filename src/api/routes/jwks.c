/* SPDX-License-Identifier: Apache-2.0 */
/* GET /.well-known/jwks.json */
#include "api/call.h"

#include "jose/keyring.h"

as_error_t as_endpoint_jwks(as_call_t *call)
{
    call->reply.document_type = "application/jwk-set+json";
    if (as_keyring_format_jwks(call->pool, call->sc->keyring, &call->reply.document) !=
        APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return AS_OK;
}
