/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes: making, cleaning what a person typed, and the keyed digest that is stored. */
#ifndef AS_ACCOUNT_CODE_H
#define AS_ACCOUNT_CODE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

#define AS_CODE_DIGITS_MIN 6
#define AS_CODE_DIGITS_MAX 12 /* as typed; ours have 6 to 10 */

/* `length` random digits without bias (rejection sampling). */
apr_status_t as_code_generate(apr_pool_t *p, int length, const char **code);

/* The digits of what was typed, in any script (see ascii.h): blanks, dashes, `/` and a leading "G-"
 * are skipped. APR_EINVAL: other characters, or not 6 to 12 digits. */
apr_status_t as_code_normalize(apr_pool_t *p, const char *typed, const char **code);

/*
 * The digest stored for a code: HMAC-SHA-256 (base64url) under `secret` over the row's id and the
 * code, so that it is good for that row alone.
 */
apr_status_t as_code_digest(apr_pool_t *p, as_span_t secret, const char *row_id, const char *code,
                            const char **digest);

/* Constant-time: is this the code of the digest, under any of the secrets (as_span_t)? */
int as_code_matches(apr_pool_t *p, const apr_array_header_t *secrets, const char *row_id,
                    const char *code, const char *digest);

#endif
