/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a login or refresh: a session, its tokens, and the cookies. */
#ifndef AS_API_SESSION_TOKEN_H
#define AS_API_SESSION_TOKEN_H

#include "api/call.h"
#include "db/unit.h"
#include "store/sessions.h"

typedef struct as_session_token_t {
    as_session_t session;
    const char *refresh_token; /* NULL: none (AuthSMSRefreshTTL 0) */
} as_session_token_t;

/* Outside of any unit: make a new session of an account. amr: the proofs of identity (RFC 8176),
 * separated by blanks, such as "pwd sms mfa". AS_OK or UNAVAILABLE. */
as_error_t as_session_token_create(as_call_t *call, const char *user_id, const char *amr,
                                   as_session_token_t *session_token);

/* Inside the write unit, when it has locked the account's row: store the session and read the
 * roles. */
apr_status_t as_session_token_store(as_tx_t *tx, as_session_token_t *session_token);

/* After the commit: reply with the tokens of the session, where call->reply.oauth with the members
 * of RFC 6749 section 5.1. AS_OK or UNAVAILABLE. */
as_error_t as_session_token_reply(as_call_t *call, const as_session_token_t *session_token);

/* The bounds of the end of a session that is used now: not before its new token, unless it is idle
 * (AuthSMSRefreshTTL idle=). Both 0: it never ends. */
void as_session_token_find_bounds(const as_call_t *call, apr_time_t *earliest, apr_time_t *latest);

#endif
