/* SPDX-License-Identifier: Apache-2.0 */
/* POST /revoke (RFC 7009) */
#include "api/call.h"

#include <string.h>

#include "api/session_end.h"
#include "auth/token.h"

/* The token of a login response has its scheme in front. */
static as_span_t skip_scheme(const char *text)
{
    static const char scheme[] = "JWT ";

    if (strncmp(text, scheme, strlen(scheme)) == 0) {
        text += strlen(scheme);
    }
    return (as_span_t){text, strlen(text)};
}

static as_error_t revoke_access_token(as_call_t *call, const char *text)
{
    as_token_t token;
    const char *reason;
    as_error_t error = as_token_verify(call->pool, call->sc, NULL, call->sc->child->tokens,
                                       skip_scheme(text), call->now, &token, &reason);

    /* A token without a session cannot be ended alone. */
    if (error != AS_OK || !token.claims.sid) {
        return AS_OK;
    }
    return as_session_end_by_id(call, token.claims.id, token.claims.sid, 0);
}

as_error_t as_endpoint_revoke(as_call_t *call)
{
    as_refresh_token_t token;
    const char *text;
    as_error_t error = as_body_get_text(call->body, "token", &text);

    if (error != AS_OK) {
        return error;
    }
    if (!text) {
        return AS_E_INVALID_REQUEST;
    }
    error = as_refresh_token_parse(call->pool, call->sc->secrets, text, &token) == APR_SUCCESS
                ? as_session_end_by_refresh_token(call, &token, 0)
                : revoke_access_token(call, text);
    if (error != AS_OK) {
        return error;
    }
    return as_call_succeed(call, HTTP_OK, "The token is not valid any more.");
}
