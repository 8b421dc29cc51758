/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_users: the accounts. Times are µs since 1970; texts UTF-8. */
#ifndef AS_STORE_USERS_H
#define AS_STORE_USERS_H

#include "db/unit.h"

typedef struct as_user_t {
    const char *id;           /* UUID */
    const char *username;     /* as typed */
    const char *username_key; /* folded: unique */
    const char *password;     /* hash */
    const char *mobile_given; /* as typed */
    const char *mobile;       /* E.164 */
    const char *country;      /* calling code, "+44"; "" where it is not known */
    const char *remote_id;    /* the verifier's id of this person (Authy); NULL: none */
    int verified;
    int locked;
    apr_time_t created_at;
    apr_time_t updated_at;
    apr_time_t last_login;    /* 0: never */
    apr_time_t valid_from;    /* tokens issued before are dead; 0: never raised */
    apr_time_t proved_at;     /* when the number was proved; 0: never */
    apr_time_t pending_until; /* an unverified account holds its name until then */
} as_user_t;

/* APR_ENOENT: none. An unverified account past its pending_until is still found by id, not by name.
 */
apr_status_t as_users_find_by_id(as_tx_t *tx, const char *id, as_user_t **user);
apr_status_t as_users_find_by_name(as_tx_t *tx, const char *username_key, apr_time_t now,
                                   as_user_t **user);

/* Until the end of the unit, the account is not deleted. APR_ENOENT: no such account. */
apr_status_t as_users_prevent_deletion(as_tx_t *tx, const char *id);

/*
 * For a password check, in one statement: the account of that name as as_users_find_by_name finds
 * it
 * (*user NULL: none), and the cost of the dearest bcrypt hash in the table that can be compared
 * with (0: none), whose work every mismatch takes.
 */
apr_status_t as_users_find_for_password(as_tx_t *tx, const char *username_key, apr_time_t now,
                                        as_user_t **user, int *dearest_cost);

/* Insert; APR_EEXIST: the name is taken by a verified account or one still pending. One that is
 * past its pending_until makes room (it and all that hangs on it is deleted). */
apr_status_t as_users_insert(as_tx_t *tx, const as_user_t *user, apr_time_t now);

/* A pending account registered again: its number (and with it the remote id where the number
 * changed), username as typed, pending_until and updated_at. APR_ENOENT: it is not pending any
 * more. */
apr_status_t as_users_register_again(as_tx_t *tx, const as_user_t *user);

/* verified = 1, updated_at = now, and so proved_at if it has a number. APR_ENOENT: no such account,
 * it is verified already, or `mobile` is not its number any more. */
apr_status_t as_users_verify(as_tx_t *tx, const char *id, const char *mobile, apr_time_t now);

/* lastLogin = now; with a hash, the password's hash is replaced if it still is old_hash. updated_at
 * stays. APR_ENOENT: no such account. */
apr_status_t as_users_record_login(as_tx_t *tx, const char *id, apr_time_t now,
                                   const char *old_hash, const char *new_hash);

/* Tokens without a session that were issued before now are dead (valid_from). APR_ENOENT: no such
 * account. */
apr_status_t as_users_revoke_tokens(as_tx_t *tx, const char *id, apr_time_t now);

/* Keep the verifier's id of the person with this number. APR_ENOENT: no such account, or its number
 * is another by now. */
apr_status_t as_users_set_remote_id(as_tx_t *tx, const char *id, const char *mobile,
                                    const char *remote_id);

/* Delete accounts that stayed unverified past pending_until (and all that hangs on them), the
 * oldest first and at most `limit`: *deleted of them. For background jobs. */
apr_status_t as_users_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
