/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a login: a session, its token, and the cookie. */
#ifndef AS_API_SESSION_TOKEN_H
#define AS_API_SESSION_TOKEN_H

#include "api/call.h"
#include "db/unit.h"
#include "store/sessions.h"

typedef struct as_session_token_t {
    as_session_t session;
} as_session_token_t;

/* Outside of any unit: make a new session of an account. amr: the proofs of identity (RFC 8176),
 * separated by blanks, such as "pwd sms mfa". AS_OK or UNAVAILABLE. */
as_error_t as_session_token_create(as_call_t *call, const char *user_id, const char *amr,
                                   as_session_token_t *session_token);

/* Inside the write unit, when it has locked the account's row. APR_ENOENT: no such account. */
apr_status_t as_session_token_store(as_tx_t *tx, const as_session_token_t *session_token);

/* After the commit: reply with the token of the session. AS_OK or UNAVAILABLE. */
as_error_t as_session_token_reply(as_call_t *call, const as_session_token_t *session_token);

#endif
