/* SPDX-License-Identifier: Apache-2.0 */
/* What a request's token is worth: the credential, the token, its claims, the account and its
 * session. */
#ifndef AS_AUTH_VERDICT_H
#define AS_AUTH_VERDICT_H

#include <httpd.h>

#include "base/error.h"
#include "auth/token.h"
#include "store/users.h"

typedef struct as_verdict_t {
    as_error_t error; /* AS_OK; NO_TOKEN, INVALID_TOKEN, EXPIRED_TOKEN; UNAVAILABLE: the database is
                         away */
    const char *why;  /* the reason in fixed words, for the log; with AS_OK it is undefined */
    int token_is_valid; /* the token itself is good, whatever the account is */
    int doubled;        /* the request has several cookies of that name, and none was judged */
    const char *cookie; /* the cookie that the credential is from; NULL: it is from the header */
    as_token_t token;   /* where it is token_is_valid */
    const as_user_t
        *user; /* with AS_OK; NULL under AuthSMSUserCheck off; see as_account_check_standing */
} as_verdict_t;

/*
 * Judge the request's credential under its virtual host's keys, with what the database said at most
 * max_age (µs) ago; 0: says now; AS_USER_CHECK_OFF: not asked. Kept on the main request's pool:
 * judged once, found again in sub-requests and after internal redirects, unless they ask for a
 * fresher answer, or for none of the database's.
 */
const as_verdict_t *as_verdict_get(request_rec *r, apr_interval_time_t max_age);

/* A request is refused for this verdict: its path and the reason go into the log at debug. */
void as_verdict_log_refusal(request_rec *r, const as_verdict_t *verdict);

#endif
