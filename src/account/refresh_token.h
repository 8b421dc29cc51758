/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refresh tokens: base64url of session id (16 bytes), secret (32) and tag (16). The tag is an HMAC
 * under AuthSMSSecret over the two: invalid tokens are rejected without a query. The database has
 * only a hash.
 */
#ifndef AS_ACCOUNT_REFRESH_TOKEN_H
#define AS_ACCOUNT_REFRESH_TOKEN_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

typedef struct as_refresh_token_t {
    const char *text; /* as the client sends it */
    const char *sid;  /* of its session */
    const char *hash; /* to be stored: SHA-256 of session id and secret, in base64url */
    as_span_t bytes;  /* session id and secret */
} as_refresh_token_t;

/* Generate the first token of a session. sid: a UUID. APR_EGENERAL: the random generator or OpenSSL
 * failed. */
apr_status_t as_refresh_token_generate(apr_pool_t *p, as_span_t secret, const char *sid,
                                       as_refresh_token_t *token);

/*
 * Derive the successor of a token. Its secret is an HMAC under `secret` over the spent token: the
 * same successor can be derived again, but only by a server. APR_EGENERAL: OpenSSL failed.
 */
apr_status_t as_refresh_token_derive(apr_pool_t *p, as_span_t secret,
                                     const as_refresh_token_t *spent,
                                     as_refresh_token_t *successor);

/* Parse a token that was made with one of the secrets (as_span_t). APR_EINVAL: any other text. */
apr_status_t as_refresh_token_parse(apr_pool_t *p, const apr_array_header_t *secrets,
                                    const char *text, as_refresh_token_t *token);

#endif
