/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of a token by keys, claims policy and clock. Verified tokens are cached per child.
 */
#ifndef AS_AUTH_TOKEN_H
#define AS_AUTH_TOKEN_H

#include <httpd.h>

#include "base/cache.h"
#include "base/error.h"
#include "config/config.h"
#include "jose/claims.h"
#include "text/json_view.h"

/* Environment variables of a token: its session, and one per claim behind a prefix. */
#define AS_TOKEN_SID "AUTHSMS_SID"
#define AS_TOKEN_CLAIM "AUTHSMS_CLAIM_"

/* An environment variable, as offsets into as_token_t.record. Claims that are null, objects, or
 * texts with a control character have none. */
typedef struct as_token_variable_t {
    apr_uint32_t name;
    apr_uint32_t value;
} as_token_variable_t;

typedef struct as_token_t {
    apr_uint64_t cache_space; /* of the keyring that verified it */
    as_span_t text;           /* as sent */
    as_claims_t claims;
    as_span_t record;  /* claims and variables in one piece, as the cache stores them */
    const char *roles; /* the valid names in the claim roles, a list (store/roles.h); NULL: none */
    const as_token_variable_t *variables;
    apr_uint32_t variable_count;
    const apr_table_t *environment; /* the variables as a table; NULL: not by as_token_copy */
    as_span_t standing;             /* of the account, cached with the token; len 0: none */
    int is_cached;                  /* it was not verified anew */
} as_token_t;

/*
 * Verify a token by the keys and claims policy of a host: AS_OK, INVALID_TOKEN or EXPIRED_TOKEN
 * with *reason for the log. copy: of as_token_copy, used if it is of the same text; may be NULL.
 * cache: NULL: none. `text` and copy must live as long as p.
 */
as_error_t as_token_verify(apr_pool_t *p, const as_srv_t *sc, const as_token_t *copy,
                           as_cache_t *cache, as_span_t text, apr_time_t now, as_token_t *token,
                           const char **reason);

/* Cache a verified token with the standing of its account (len 0: none). */
void as_token_cache_put(apr_pool_t *p, as_cache_t *cache, const as_token_t *token,
                        as_span_t standing);

/* Copy a cached token to p, with its environment as a table. */
void as_token_copy(apr_pool_t *p, const as_token_t *token, as_token_t *copy);

/* Parse all claims of a verified token. */
as_json_view_t as_token_read_claims(apr_pool_t *p, const as_token_t *token);

#endif
