/* SPDX-License-Identifier: Apache-2.0 */
/* A token as the keys and the clock judge it; what was verified once in this child is known again.
 */
#ifndef AS_HTTP_TOKEN_H
#define AS_HTTP_TOKEN_H

#include <httpd.h>

#include <json-c/json.h>

#include "config/config.h"
#include "core/cache.h"
#include "core/claims.h"
#include "core/error.h"

/* A claim as it goes into the environment. */
typedef struct as_variable_t {
    const char *name; /* AUTHSMS_CLAIM_… */
    const char *value;
} as_variable_t;

typedef struct as_token_t {
    as_span_t text;
    as_claims_t claims;
    as_variable_t *variables;
    apr_uint32_t variable_count;
} as_token_t;

/*
 * Judge a token under a host's keys and claims policy: AS_OK, INVALID_TOKEN or EXPIRED_TOKEN with
 * *why for the log. known: the child's cache of verified tokens; NULL: none. `text` must live as
 * long as p.
 */
as_error_t as_token_judge(apr_pool_t *p, const as_srv_t *sc, as_cache_t *known, as_span_t text,
                          apr_time_t now, as_token_t *token, const char **why);

/* All claims of a token that was judged good, parsed at each call; NULL: no memory. */
json_object *as_token_claims(apr_pool_t *p, const as_token_t *token);

#endif
