/* SPDX-License-Identifier: Apache-2.0 */
/* A token as the keys and the clock judge it; what was verified once in this child is known again.
 */
#ifndef AS_AUTH_TOKEN_H
#define AS_AUTH_TOKEN_H

#include <httpd.h>

#include "config/config.h"
#include "base/cache.h"
#include "jose/claims.h"
#include "base/error.h"
#include "text/json_view.h"

/* The variables that a token gives: its session, and each claim's name behind a prefix. */
#define AS_TOKEN_SID "AUTHSMS_SID"
#define AS_TOKEN_CLAIM "AUTHSMS_CLAIM_"

/* What goes into the environment: offsets from the packed token's start. A claim without a text of
 * its own (null, an object) or with a control character in it is left out. */
typedef struct as_token_variable_t {
    apr_uint32_t name; /* AS_TOKEN_SID, AS_TOKEN_CLAIM and the claim's name */
    apr_uint32_t value;
} as_token_variable_t;

typedef struct as_token_t {
    apr_uint64_t space; /* the keyring's, under which it was verified */
    as_span_t text;
    as_claims_t claims;
    as_span_t packed; /* all that is here in one piece, as as_token_cache_put keeps it */
    const as_token_variable_t *variables;
    apr_uint32_t variable_count;
    const apr_table_t *environment; /* the same, ready to be added whole; NULL: it is not held */
    as_span_t standing; /* what was kept beside it; len 0: nothing, or the token was not known */
    int known;          /* was it held, or found in the cache? */
} as_token_t;

/*
 * Judge a token under a host's keys and claims policy: AS_OK, INVALID_TOKEN or EXPIRED_TOKEN with
 * *why for the log. held: one that is at hand (text.data NULL: none); known: the child's cache of
 * verified tokens; NULL: none. `text` and what is held must live as long as p.
 */
as_error_t as_token_verify(apr_pool_t *p, const as_srv_t *sc, const as_token_t *held,
                           as_cache_t *known, as_span_t text, apr_time_t now, as_token_t *token,
                           const char **why);

/* Keep a token that was judged good, with what as_account_check_standing found out (len 0:
 * nothing). */
void as_token_cache_put(apr_pool_t *p, as_cache_t *known, const as_token_t *token,
                        as_span_t standing);

/* Hold a token that was known, in p. */
void as_token_hold(apr_pool_t *p, const as_token_t *token, as_token_t *held);

/* All claims of a token that was judged good, parsed at each call. */
as_json_view_t as_token_read_claims(apr_pool_t *p, const as_token_t *token);

#endif
