/* SPDX-License-Identifier: Apache-2.0 */
/* A new password: at registration, at a change and at a reset. */
#ifndef AS_API_NEW_PASSWORD_H
#define AS_API_NEW_PASSWORD_H

#include "api/call.h"
#include "api/notice.h"
#include "db/unit.h"
#include "store/users.h"

/* A change of the password, to be stored. */
typedef struct as_new_password_t {
    const as_user_t *user;
    const char *old_hash; /* the change fails if the account has another; NULL: whatever it has */
    const char *hash;
    const char *code_id;     /* the code that is used up; NULL: none */
    const char *attempt_key; /* of the limit verify/user, which is cleared; NULL: none */
    const char *kept_sid;    /* the session that stays; NULL: all end */
    as_notice_t alert;
} as_new_password_t;

/* AuthSMSPasswordPolicy. mobile: E.164; NULL: not compared. AS_OK, or WEAK_PASSWORD with the reason
 * in reply.msg. */
as_error_t as_new_password_check(as_call_t *call, const char *password, const char *username,
                                 const char *mobile);

/*
 * Inside the write unit, before it touches the account: replace the hash, end the other sessions
 * and the tokens without a session, void all codes of the account, and store the alert. APR_ENOENT:
 * no such account, its hash is not old_hash, or the code is not open any more.
 */
apr_status_t as_new_password_store(as_tx_t *tx, const as_call_t *call, as_new_password_t *change);

/* After the commit: the tokens that ended are invalid on this server at once; send the alert. */
void as_new_password_announce(as_call_t *call, const as_new_password_t *change);

#endif
