/* SPDX-License-Identifier: Apache-2.0 */
/* Who the token speaks for, told to what runs behind the guard. */
#ifndef AS_GUARD_IDENTITY_H
#define AS_GUARD_IDENTITY_H

#include <httpd.h>

#include "http/token.h"

/* Put AUTHSMS_ID, AUTHSMS_SID and AUTHSMS_CLAIM_name into the request's environment. */
void as_identity_environment(request_rec *r, const as_token_t *token);

#endif
