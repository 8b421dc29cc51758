/* SPDX-License-Identifier: Apache-2.0 */
/* The last part of every login: the state of the account, its session and its token. */
#ifndef AS_API_LOGIN_H
#define AS_API_LOGIN_H

#include "api/call.h"
#include "api/session_token.h"
#include "db/unit.h"
#include "store/users.h"

typedef struct as_login_t {
    const as_user_t *user;
    const char *amr;            /* proofs of identity (RFC 8176), separated by blanks */
    const char *address_digest; /* of the client's network and the name */
    const char *renewed_hash;   /* of the password; NULL: unchanged */
    as_session_token_t session_token;
} as_login_t;

/* The digest of the client's network and a name (as_login_name_t.number; store/addresses.h). */
apr_status_t as_login_hash_address(const as_call_t *call, const char *name, const char **digest);

/* May the account log in? AS_OK, LOCKED, or NOT_VERIFIED with the account's id. Call it after the
 * proof of identity: the state of an account is disclosed only to its owner. */
as_error_t as_login_check_state(as_call_t *call, const as_user_t *user);

/* Outside of any unit: make the session. AS_OK or UNAVAILABLE. */
as_error_t as_login_create(as_call_t *call, as_login_t *login);

/* Inside the write unit: record the login, its session and the client's network. APR_ENOENT: no
 * such account. */
apr_status_t as_login_store(as_tx_t *tx, const as_call_t *call, as_login_t *login);

/* After the commit: reply with the token. AS_OK or UNAVAILABLE. */
as_error_t as_login_reply(as_call_t *call, const as_login_t *login);

#endif
