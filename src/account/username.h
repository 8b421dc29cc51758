/* SPDX-License-Identifier: Apache-2.0 */
/* Usernames: which are allowed, and when two are the same (NFKC_Casefold, by libunistring). */
#ifndef AS_ACCOUNT_USERNAME_H
#define AS_ACCOUNT_USERNAME_H

#include <apr_pools.h>

#define AS_USERNAME_MAX 64 /* code points */

/*
 * Is this a name that can be registered: valid UTF-8, 1 to 64 code points, no control, format,
 * private, surrogate or unassigned character, no white space at either end, and a folded form that
 * is not empty? APR_EINVAL else.
 */
apr_status_t as_username_validate(apr_pool_t *p, const char *name);

/* Does it have more than AS_USERNAME_MAX code points? No account has such a name, whatever it
 * folds to. Looks at no more of it than the answer needs. */
int as_username_is_too_long(const char *name);

/* Does a folded name have the form of an account id: a UUID, or the 24 hex digits of the original
 * system? Nobody can register such a name; imported accounts may have one. */
int as_username_has_id_form(const char *folded);

/*
 * The form by which a name is unique, found and limited: NFKC_Casefold, stable (folding it again
 * changes nothing). Any valid UTF-8 has one, a name that fails as_username_validate too.
 * APR_EINVAL: not UTF-8, APR_ENOMEM.
 */
apr_status_t as_username_fold(apr_pool_t *p, const char *name, const char **folded);

#endif
