/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes: generate, normalize typed ones, and the digest that is stored. */
#ifndef AS_ACCOUNT_CODE_H
#define AS_ACCOUNT_CODE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

#define AS_CODE_DIGITS_MIN 6
#define AS_CODE_DIGITS_MAX 12 /* accepted input; generated codes have 6 to 10 */

/* Generate `length` random digits without bias. APR_EGENERAL: the random generator failed. */
apr_status_t as_code_generate(apr_pool_t *p, int length, const char **code);

/* The digits of a typed code, in any script (see text/ascii.h). Blanks, dashes, `/` and a leading
 * "G-" are skipped. APR_EINVAL: other characters, or not 6 to 12 digits. */
apr_status_t as_code_normalize(apr_pool_t *p, const char *typed, const char **code);

/*
 * The digest to store for a code: HMAC-SHA-256 (base64url) with `secret` over the row's id and the
 * code. The digest is bound to that row. APR_EGENERAL: OpenSSL failed.
 */
apr_status_t as_code_digest(apr_pool_t *p, as_span_t secret, const char *row_id, const char *code,
                            const char **digest);

/* Does the digest belong to this code, with any of the secrets (as_span_t)? Constant time. */
int as_code_matches(apr_pool_t *p, const apr_array_header_t *secrets, const char *row_id,
                    const char *code, const char *digest);

#endif
