/* SPDX-License-Identifier: Apache-2.0 */
/* Password hashing at request time: bounded in number (AuthSMSPasswordHash parallel=), never with a
 * connection held. */
#ifndef AS_API_HASHING_H
#define AS_API_HASHING_H

#include "api/call.h"

/* Hash a new password. UNAVAILABLE: too many are being hashed, for too long. */
as_error_t as_hashing_hash(as_call_t *call, const char *password, const char **hash);

/*
 * Hold a password against a stored hash (NULL: the same work for nobody). AS_OK with *matches;
 * *renewed: a new hash where the stored one is outdated and matched, else NULL.
 */
as_error_t as_hashing_check(as_call_t *call, const char *password, const char *stored, int *matches,
                            const char **renewed);

#endif
