/* SPDX-License-Identifier: Apache-2.0 */
/* What each successful login ends with: a session, a token for it, and the cookie. */
#ifndef AS_API_LOGIN_H
#define AS_API_LOGIN_H

#include "api/call.h"
#include "db/unit.h"
#include "store/sessions.h"

typedef struct as_login_t {
    as_session_t session;
} as_login_t;

/* Outside of any unit: make a new session of an account. AS_OK or UNAVAILABLE. */
as_error_t as_login_create(as_call_t *call, const char *user_id, as_login_t *login);

/* Inside the write unit, when it has locked the account's row. APR_ENOENT: no such account. */
apr_status_t as_login_store(as_tx_t *tx, const as_login_t *login);

/* After the commit: reply with the token of the session. AS_OK or UNAVAILABLE. */
as_error_t as_login_answer(as_call_t *call, const as_login_t *login);

#endif
