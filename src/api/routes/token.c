/* SPDX-License-Identifier: Apache-2.0 */
/* POST /token */
#include "api/call.h"

#include <string.h>

#include "api/refresh.h"
#include "auth/cookie.h"

/* With grant_type the request is one of RFC 6749 section 6. */
static as_error_t read_grant_type(as_call_t *call)
{
    const char *grant_type;
    as_error_t error = as_body_get_text(call->body, "grant_type", &grant_type);

    if (error != AS_OK) {
        return error;
    }
    call->reply.oauth = grant_type != NULL;
    return !grant_type || strcmp(grant_type, "refresh_token") == 0 ? AS_OK
                                                                   : AS_E_UNSUPPORTED_GRANT_TYPE;
}

/* By RFC 6749 section 5.2 an invalid token is no 401: there is no client to authenticate. */
static as_error_t map_to_oauth(as_error_t error)
{
    switch (error) {
    case AS_E_NO_TOKEN:
        return AS_E_INVALID_REQUEST;
    case AS_E_INVALID_TOKEN:
        return AS_E_INVALID_GRANT;
    default:
        return error;
    }
}

static as_error_t exchange(as_call_t *call, as_session_token_t *session_token)
{
    as_refresh_credential_t credential;
    as_error_t error = as_refresh_find_credential(call, &credential);

    if (error != AS_OK) {
        return error;
    }
    if (credential.is_ambiguous) {
        error = AS_E_INVALID_TOKEN;
    } else if (!credential.text) {
        error = AS_E_NO_TOKEN;
    } else {
        error = as_refresh_exchange(call, credential.text, session_token);
    }
    if (error == AS_E_INVALID_TOKEN && credential.is_cookie) {
        as_cookie_clear_refresh(call->r, call->sc, credential.is_ambiguous);
    }
    return call->reply.oauth ? map_to_oauth(error) : error;
}

as_error_t as_endpoint_token(as_call_t *call)
{
    as_session_token_t session_token;
    as_error_t error = read_grant_type(call);

    /* RFC 6749 section 5.1 */
    apr_table_setn(call->r->headers_out, "Pragma", "no-cache");
    if (error != AS_OK) {
        return error;
    }
    error = exchange(call, &session_token);
    return error == AS_OK ? as_session_token_reply(call, &session_token) : error;
}
