/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of a verified token, held against the clock and the configuration. */
#ifndef AS_JOSE_CLAIMS_H
#define AS_JOSE_CLAIMS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/error.h"
#include "text/json_view.h"

typedef struct as_claims_policy_t {
    const char *issuer;                 /* NULL: not looked at */
    const char *audience;               /* NULL: not looked at */
    const apr_array_header_t *required; /* const char *: claims a token must have; NULL: none */
    apr_interval_time_t leeway;         /* for exp and nbf */
} as_claims_policy_t;

/* What the rest of the module wants of a token. A date that is there is never 0:
 * 1970-01-01T00:00:00Z is told as 1. */
typedef struct as_claims_t {
    const char *id;        /* `sub`, else the original's `id`: one must be there, two must agree */
    const char *sid;       /* NULL: none */
    apr_time_t issued;     /* iat, else dateLogOn (RFC 3339); 0: neither */
    apr_time_t expires;    /* exp; 0: none */
    apr_time_t not_before; /* nbf; 0: none */
} as_claims_t;

/*
 * Read and type-check the claims, without judging the clock; strings are put into p. sub, id and
 * sid are texts of at least one byte, without control characters (below 0x20, or 0x7f). NumericDate
 * (RFC 7519 §2) may have a fraction and an exponent; outside years 1970 to 9999, NaN or another
 * type: refused. iss and aud are held against the policy here (aud: string or array of strings),
 * required claims must be there and not null. AS_OK or AS_E_INVALID_TOKEN with *why a fixed word
 * for the debug log.
 */
as_error_t as_claims_read(apr_pool_t *p, const as_claims_policy_t *policy,
                          const as_json_view_t *view, as_claims_t *claims, const char **why);

/* Hold exp, nbf (with leeway) and iat (at most 60 s ahead) against the clock: AS_OK,
 * AS_E_EXPIRED_TOKEN or AS_E_INVALID_TOKEN. Cheap: done again at each hit of a cache. */
as_error_t as_claims_check_times(const as_claims_policy_t *policy, const as_claims_t *claims,
                                 apr_time_t now, const char **why);

#endif
