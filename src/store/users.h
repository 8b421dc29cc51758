/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_users: the accounts. Times are µs since 1970; texts UTF-8. */
#ifndef AS_STORE_USERS_H
#define AS_STORE_USERS_H

#include "db/unit.h"
#include "store/row.h"

#define AS_USERS_ROW(FIRST, NEXT)                                                                  \
    FIRST(TEXT, id)          /* UUID */                                                            \
    NEXT(TEXT, username)     /* as typed */                                                        \
    NEXT(TEXT, username_key) /* folded; unique */                                                  \
    NEXT(TEXT, password)     /* hash */                                                            \
    NEXT(TEXT, mobile_given) /* as typed */                                                        \
    NEXT(TEXT, mobile)       /* E.164 */                                                           \
    NEXT(TEXT, country)      /* calling code, "+44"; "": unknown */                                \
    NEXT(TEXT, remote_id)    /* the verifier's id of this person (Authy); NULL: none */            \
    NEXT(INT, verified)      /* 0 or 1 */                                                          \
    NEXT(INT, locked)        /* 0 or 1 */                                                          \
    NEXT(TIME, created_at)                                                                         \
    NEXT(TIME, updated_at)                                                                         \
    NEXT(TIME, last_login)     /* 0: never */                                                      \
    NEXT(TIME, valid_from)     /* tokens issued before are revoked; 0: none */                     \
    NEXT(TIME, proved_at)      /* when the number was verified; 0: never */                        \
    NEXT(TIME, pending_until)  /* an unverified account reserves its name until then */            \
    NEXT(INT, sms_factor)      /* 0 or 1: its owner opted in to SMS as a second factor */          \
    NEXT(TEXT, invited_mobile) /* a pending account may have this number only; NULL: any */

typedef struct as_user_t {
    AS_ROW_MEMBERS(AS_USERS_ROW)
} as_user_t;

/* For the SELECT of other files; as_users_read reads it from column 0 on. */
#define AS_USERS_COLUMNS AS_ROW_NAMES(AS_USERS_ROW)
enum { AS_USERS_COLUMN_COUNT = AS_ROW_COUNT(AS_USERS_ROW) };

/* Read an account from row number `i`, from the unit's result pool. */
as_user_t *as_users_read(as_tx_t *tx, const as_rows_t *rows, int i);

/* Find an account. APR_ENOENT: none. An unverified account past its pending_until is still found by
 * id, but not by name. legacy_id: its id in the system that it was imported from. */
apr_status_t as_users_find_by_id(as_tx_t *tx, const char *id, as_user_t **user);
apr_status_t as_users_find_by_legacy_id(as_tx_t *tx, const char *legacy_id, as_user_t **user);
apr_status_t as_users_find_by_name(as_tx_t *tx, const char *username_key, apr_time_t now,
                                   as_user_t **user);

/*
 * The account that logs in by a code to its number: by the first key, or if no account has it, by
 * the second one; or by its id. user->id NULL: none, or it is not verified, locked, or has no
 * proven number. Only id, username_key and mobile are read: the work hardly depends on the result.
 */
apr_status_t as_users_find_for_code(as_tx_t *tx, const char *username_key, const char *number_key,
                                    apr_time_t now, as_user_t *user);
apr_status_t as_users_find_for_code_by_id(as_tx_t *tx, const char *id, as_user_t *user);

/* Lock the row: until the end of the unit, the account is not deleted. APR_ENOENT: no such account.
 */
apr_status_t as_users_prevent_deletion(as_tx_t *tx, const char *id);

/* The most expensive hashes in the table that can be verified. */
typedef struct as_stored_hashes_t {
    int bcrypt_cost;    /* 0: none */
    const char *argon2; /* beginning of the Argon2id hash, at least its parameters; NULL: none */
} as_stored_hashes_t;

/*
 * For a password check, in one statement: the account as as_users_find_by_name finds it (*user
 * NULL: none), and the most expensive stored hashes. A failed check takes as long as these, so that
 * its time does not tell whether the account exists.
 */
apr_status_t as_users_find_for_password(as_tx_t *tx, const char *username_key, apr_time_t now,
                                        as_user_t **user, as_stored_hashes_t *highest);

/* The same, and whether an account with this name logged in from the client's network recently
 * (authsms_addresses; `address` is its key there). */
apr_status_t as_users_find_for_login(as_tx_t *tx, const char *username_key, const char *address,
                                     apr_time_t now, as_user_t **user, as_stored_hashes_t *highest,
                                     int *is_address_known);

/* Insert an account. One of the same name that is past its pending_until is deleted before, with
 * all its rows. APR_EEXIST: a verified or pending account has the name. */
apr_status_t as_users_insert(as_tx_t *tx, const as_user_t *user, apr_time_t now);

/* A pending account registers again: set its number (and the remote id, if the number changed), the
 * username as typed, pending_until and updated_at. APR_ENOENT: it is not pending any more. */
apr_status_t as_users_register_again(as_tx_t *tx, const as_user_t *user);

/* Set verified, updated_at and, if it has a number, proved_at. APR_ENOENT: no such account, it is
 * verified already, or `mobile` is not its number any more. */
#define AS_USERS_VERIFY                                                                            \
    "UPDATE authsms_users SET verified = 1, updated_at = %lld, invited_mobile = NULL,"             \
    " proved_at = CASE WHEN mobile = '' THEN 0 ELSE CAST(%lld AS BIGINT) END"                      \
    " WHERE id = %s AND mobile = %s AND verified = 0"
apr_status_t as_users_verify(as_tx_t *tx, const char *id, const char *mobile, apr_time_t now);

/* Set last_login. With new_hash, replace the password hash if it still is old_hash. updated_at is
 * unchanged. APR_ENOENT: no such account. */
apr_status_t as_users_record_login(as_tx_t *tx, const char *id, apr_time_t now,
                                   const char *old_hash, const char *new_hash);

/* Lock the row, and replace the password hash if it still is old_hash. APR_ENOENT: no such account.
 */
apr_status_t as_users_renew_hash(as_tx_t *tx, const char *id, const char *old_hash,
                                 const char *new_hash);

/* Set sms_factor and updated_at. *changed: 0 if it had this value. APR_ENOENT: no such account, or
 * SMS is switched on and its number is not proven. */
apr_status_t as_users_set_sms_factor(as_tx_t *tx, const char *id, int enabled, apr_time_t now,
                                     int *changed);

/* Revoke tokens without a session that were issued before `now` (valid_from). APR_ENOENT: no such
 * account. */
apr_status_t as_users_revoke_tokens(as_tx_t *tx, const char *id, apr_time_t now);

/*
 * Replace the password hash, if it still is old_hash (NULL: whatever it is), and revoke tokens
 * without a session as as_users_revoke_tokens. APR_ENOENT: no such account, or another hash.
 */
apr_status_t as_users_set_password(as_tx_t *tx, const char *id, const char *old_hash,
                                   const char *new_hash, apr_time_t now);

/* A new number of an account. */
typedef struct as_users_mobile_t {
    const char *old_mobile; /* E.164: the number that the account has */
    const char *mobile;     /* E.164 */
    const char *given;      /* as typed */
    const char *country;    /* calling code; "": unknown */
    const char *remote_id;  /* the verifier's id of the person with this number; NULL: none */
    int is_proven;          /* by a code: the account is verified, and proved_at is set */
} as_users_mobile_t;

/*
 * Replace the number. A username that is the old number becomes the new one. APR_ENOENT: no such
 * account, or its number is not old_mobile any more. APR_EEXIST: the username would be another
 * account's.
 */
apr_status_t as_users_set_mobile(as_tx_t *tx, const char *id, const as_users_mobile_t *mobile,
                                 apr_time_t now);

/* Delete an account with all its rows. APR_ENOENT: no such account. */
apr_status_t as_users_delete(as_tx_t *tx, const char *id);

/* Store the verifier's id of the person with this number. APR_ENOENT: no such account, or its
 * number has changed. */
apr_status_t as_users_set_remote_id(as_tx_t *tx, const char *id, const char *mobile,
                                    const char *remote_id);

/* Delete accounts that stayed unverified past pending_until, with all their rows: the oldest first,
 * at most `limit`; *deleted of them. */
apr_status_t as_users_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
