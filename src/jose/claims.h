/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of a verified token (RFC 7519 §4), checked against the configuration and the clock. */
#ifndef AS_JOSE_CLAIMS_H
#define AS_JOSE_CLAIMS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/error.h"
#include "text/json_view.h"

typedef struct as_claims_policy_t {
    const char *issuer;                 /* required value of iss; NULL: not checked */
    const char *audience;               /* required value in aud; NULL: not checked */
    const apr_array_header_t *required; /* const char *: names of required claims; NULL: none */
    apr_interval_time_t leeway;         /* for exp and nbf */
} as_claims_policy_t;

/* The claims used. Present dates are nonzero: 1970-01-01T00:00:00Z is stored as 1. */
typedef struct as_claims_t {
    const char *id;     /* sub, or the tutorial's id: at least one is required; if both are present
                         * they must be equal */
    const char *sid;    /* session id; NULL: none */
    apr_time_t issued;  /* iat, else dateLogOn (RFC 3339); 0: absent */
    apr_time_t expires; /* exp; 0: absent */
    apr_time_t not_before; /* nbf; 0: absent */
} as_claims_t;

/*
 * Read and check the claims. Times are not checked. Strings are allocated from p.
 *   sub, id, sid   strings of at least one byte, without control characters (below 0x20, or 0x7f)
 *   exp, nbf, iat  NumericDate (RFC 7519 §2), maybe with fraction or exponent, year 1970 to 9999
 *   iss, aud       as the policy requires; aud is a string or an array of strings
 *   required       present and not null
 * AS_OK, or AS_E_INVALID_TOKEN with *reason, a fixed text for the debug log.
 */
as_error_t as_claims_read(apr_pool_t *p, const as_claims_policy_t *policy,
                          const as_json_view_t *view, as_claims_t *claims, const char **reason);

/* Check exp and nbf (with leeway) and iat (at most 60 s in the future): AS_OK, AS_E_EXPIRED_TOKEN
 * or AS_E_INVALID_TOKEN. It is cheap, and repeated at each cache hit. */
as_error_t as_claims_check_times(const as_claims_policy_t *policy, const as_claims_t *claims,
                                 apr_time_t now, const char **reason);

#endif
