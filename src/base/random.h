/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness from OpenSSL's CSPRNG, through one function. */
#ifndef AS_BASE_RANDOM_H
#define AS_BASE_RANDOM_H

#include <apr_pools.h>

#define AS_UUID_LEN 36

/* n random bytes. APR_EGENERAL when the generator fails: nothing secret may be made then. */
apr_status_t as_random_bytes(void *buf, apr_size_t n);

/* Replace the generator for a test; NULL sets the real one back. Not thread-safe. */
void as_random_set_generator(apr_status_t (*bytes)(void *buf, apr_size_t n));

/* A UUID version 7 (RFC 9562 §5.7) of the time now, 36 characters, lower case. */
apr_status_t as_uuid_generate(apr_pool_t *p, const char **uuid);

/* Is this the text of a UUID (8-4-4-4-12 lower- or upper-case hex digits)? */
int as_uuid_is_valid(const char *text);

/* 256 random bits, base64url without padding: 43 characters (refresh tokens, challenges). */
apr_status_t as_random_token(apr_pool_t *p, const char **token);

#endif
