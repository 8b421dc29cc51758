/* SPDX-License-Identifier: Apache-2.0 */
/* Who the token speaks for, told to what runs behind the guard. */
#ifndef AS_GUARD_IDENTITY_H
#define AS_GUARD_IDENTITY_H

#include <httpd.h>

#include "core/claims.h"

/*
 * Put AUTHSMS_ID, AUTHSMS_SID and AUTHSMS_CLAIM_name into the request's environment: claims that are strings, numbers, booleans
 * or arrays of these (joined by commas), with names of [A-Za-z0-9_]{1,64}.
 */
void as_identity_environment(request_rec *r, const as_claims_t *claims);

#endif
