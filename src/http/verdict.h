/* SPDX-License-Identifier: Apache-2.0 */
/* What a request's token is worth: the credential, the token, its claims, the account and its session. */
#ifndef AS_HTTP_VERDICT_H
#define AS_HTTP_VERDICT_H

#include <httpd.h>

#include "core/claims.h"
#include "core/error.h"
#include "store/users.h"

typedef struct as_verdict_t {
    as_error_t error;      /* AS_OK; NO_TOKEN, INVALID_TOKEN, EXPIRED_TOKEN; UNAVAILABLE: the database is away */
    as_claims_t claims;    /* with AS_OK */
    const as_user_t *user; /* with AS_OK: the account as the database has it */
} as_verdict_t;

/*
 * Judge the request's credential under its virtual host's keys. Kept on the main request's pool: judged
 * once, found again in sub-requests and after internal redirects.
 */
const as_verdict_t *as_verdict(request_rec *r);

#endif
