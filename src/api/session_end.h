/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the session of a credential. Other children of this server refuse its tokens at once, other
 * servers within AuthSMSUserCheck. */
#ifndef AS_API_SESSION_END_H
#define AS_API_SESSION_END_H

#include "account/refresh_token.h"
#include "api/call.h"

/*
 * End a session of an account; all: every session. sid NULL: the token has no session and cannot be
 * ended alone, so all such tokens of the account end. AS_OK, also without such a session;
 * UNAVAILABLE.
 */
as_error_t as_session_end_by_id(as_call_t *call, const char *user_id, const char *sid, int all);

/* End the session of a refresh token, also of a spent one. all: every session of the account, if
 * the token is the current one. AS_OK or UNAVAILABLE, as above. */
as_error_t as_session_end_by_refresh_token(as_call_t *call, const as_refresh_token_t *token,
                                           int all);

#endif
