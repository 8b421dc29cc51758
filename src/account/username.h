/* SPDX-License-Identifier: Apache-2.0 */
/* Usernames: which are allowed, and which are equal (NFKC_Casefold, by libunistring). */
#ifndef AS_ACCOUNT_USERNAME_H
#define AS_ACCOUNT_USERNAME_H

#include <apr_pools.h>

#define AS_USERNAME_MAX 64 /* code points */

/*
 * May this name be registered? It must be valid UTF-8 of 1 to 64 code points, with a folded form
 * that is not empty, and without white space at either end. Control, format, private, surrogate and
 * unassigned characters are not allowed. APR_EINVAL: it may not.
 */
apr_status_t as_username_validate(apr_pool_t *p, const char *name);

/* Does it have more than AS_USERNAME_MAX code points? No account has such a name. Stops after
 * AS_USERNAME_MAX + 1 code points. */
int as_username_is_too_long(const char *name);

/* Does a folded name have the form of an account id: a UUID, or 24 hex digits (ids of the
 * tutorial's back end)? Such names cannot be registered; imported accounts may have one. */
int as_username_has_id_form(const char *folded);

/*
 * Fold a name: NFKC_Casefold, repeated until it is stable. Names with the same folded form are
 * equal. The lookup key: used for uniqueness, lookup and rate limits. Any valid UTF-8 can be
 * folded, also names that as_username_validate rejects. APR_EINVAL: not UTF-8. APR_ENOMEM.
 */
apr_status_t as_username_fold(apr_pool_t *p, const char *name, const char **folded);

#endif
