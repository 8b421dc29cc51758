/* SPDX-License-Identifier: Apache-2.0 */
/* The result of authenticating a request: its credential, token, account and session are valid, or
 * the first error. */
#ifndef AS_AUTH_VERDICT_H
#define AS_AUTH_VERDICT_H

#include <httpd.h>

#include "auth/account_check.h"
#include "auth/token.h"
#include "base/error.h"

typedef struct as_verdict_t {
    as_error_t error; /* AS_OK, NO_TOKEN, INVALID_TOKEN, EXPIRED_TOKEN; UNAVAILABLE: the database is
                         unreachable */
    const char *reason;      /* of an error, for the log; a fixed text */
    int token_is_valid;      /* by keys, claims and clock, even if the account is locked */
    int cookie_is_ambiguous; /* INVALID_TOKEN, since the request has several cookies of its name */
    const char *cookie_name; /* the cookie that has the token; NULL: the Authorization header */
    as_token_t token;        /* if token_is_valid */
    const as_account_t *account; /* with AS_OK; NULL: not looked up */
} as_verdict_t;

/*
 * Authenticate a request by the keys of its virtual host. max_age (µs): how old a cached standing
 * of the account may be; 0: query the database; AS_USER_CHECK_OFF: do not look up the account. The
 * verdict lives on the main request's pool. Sub-requests and internal redirects find it again,
 * unless they need a fresher one, or read tokens from other sources.
 */
const as_verdict_t *as_verdict_get(request_rec *r, apr_interval_time_t max_age);

/* Log at debug why a request is refused. */
void as_verdict_log_refusal(request_rec *r, const as_verdict_t *verdict);

#endif
