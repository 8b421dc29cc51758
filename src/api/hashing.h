/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashing at request time. At most AuthSMSPasswordHash parallel= run at once. Never call
 * these inside a unit of work: it would hold a database connection meanwhile. */
#ifndef AS_API_HASHING_H
#define AS_API_HASHING_H

#include "api/call.h"
#include "store/users.h"

/* Hash a new password. UNAVAILABLE: no place became free within 2 s, or hashing failed. */
as_error_t as_hashing_hash(as_call_t *call, const char *password, const char **hash);

/*
 * Compare a password with a stored hash. AS_OK with *matches, or UNAVAILABLE as above. A mismatch
 * takes the work of the most expensive hashes that are stored (as_users_find_for_password) or
 * configured. stored NULL never matches and takes the same work. *renewed: a new hash where the
 * stored one matches but is outdated, else NULL; renewed may be NULL.
 */
as_error_t as_hashing_verify(as_call_t *call, const char *password, const char *stored,
                             const as_stored_hashes_t *highest, int *matches, const char **renewed);

#endif
