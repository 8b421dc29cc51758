/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashing at request time: bounded in number (AuthSMSPasswordHash parallel=), never with a
 * connection held. */
#ifndef AS_API_HASHING_H
#define AS_API_HASHING_H

#include "api/call.h"

/* Hash a new password. UNAVAILABLE: too many are being hashed, for too long. */
as_error_t as_hashing_hash(as_call_t *call, const char *password, const char **hash);

/*
 * Compare a password with a stored hash. AS_OK with *matches, or UNAVAILABLE as above. A mismatch
 * takes the work of one hash of dearest_cost (as_users_find_for_password) or the configured cost,
 * whichever is dearer, and so does NULL, which matches nothing. *renewed: a new hash where the
 * stored one matched but is outdated, else NULL; renewed may be NULL.
 */
as_error_t as_hashing_verify(as_call_t *call, const char *password, const char *stored,
                             int dearest_cost, int *matches, const char **renewed);

#endif
