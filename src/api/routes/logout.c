/* SPDX-License-Identifier: Apache-2.0 */
/* POST /logout */
#include "api/call.h"

#include <util_script.h>

#include <string.h>

#include "api/refresh.h"
#include "api/session_end.h"
#include "auth/cookie.h"
#include "auth/origin.h"

static int is_all_requested(request_rec *r)
{
    apr_table_t *arguments;
    const char *all;

    ap_args_to_table(r, &arguments);
    all = apr_table_get(arguments, "all");
    return all && strcmp(all, "1") == 0;
}

/* End the session of the token. The tokens of a locked account, for example, end their own session
 * only. */
static as_error_t end_token(as_call_t *call, int all)
{
    const as_verdict_t *verdict = call->verdict;
    const char *sid = verdict->token_is_valid ? verdict->token.claims.sid : NULL;

    if (verdict->error == AS_OK) {
        return as_session_end_by_id(call, verdict->account->id, sid, all);
    }
    return sid ? as_session_end_by_id(call, verdict->token.claims.id, sid, 0) : AS_OK;
}

static as_error_t end_refresh_token(as_call_t *call, const as_refresh_credential_t *credential,
                                    int all)
{
    const as_verdict_t *verdict = call->verdict;
    as_refresh_token_t token;

    if (!credential->text || as_refresh_token_parse(call->pool, call->sc->secrets, credential->text,
                                                    &token) != APR_SUCCESS) {
        return AS_OK;
    }
    /* Of the same session: end_token has ended it. */
    if (verdict->token_is_valid && verdict->token.claims.sid &&
        strcmp(verdict->token.claims.sid, token.sid) == 0) {
        return AS_OK;
    }
    return as_session_end_by_refresh_token(call, &token, all);
}

as_error_t as_endpoint_logout(as_call_t *call)
{
    const as_verdict_t *verdict = call->verdict;
    int all = is_all_requested(call->r);
    as_refresh_credential_t credential;
    as_error_t error = as_refresh_find_credential(call, &credential);

    if (error != AS_OK) {
        return error;
    }
    if (credential.is_cookie && !as_origin_allows_cookie(call->r, call->sc, call->dc)) {
        return AS_E_CROSS_ORIGIN;
    }
    if (verdict->error == AS_E_UNAVAILABLE) {
        return as_call_fail_unavailable(call);
    }
    error = end_token(call, all);
    if (error != AS_OK) {
        return error;
    }
    error = end_refresh_token(call, &credential, all);
    if (error != AS_OK) {
        return error;
    }
    /* Another site may send this request without a cookie; its response must not delete one. */
    if (as_origin_is_trusted(call->r, call->sc, call->dc)) {
        as_cookie_clear(call->r, call->sc, verdict);
        as_cookie_clear_refresh(call->r, call->sc, credential.is_ambiguous);
    }
    return as_call_succeed(call, HTTP_OK, "You are logged out.");
}
