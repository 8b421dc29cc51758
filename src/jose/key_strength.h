/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that work but are unsafe: too short, published, or guessable. */
#ifndef AS_JOSE_KEY_STRENGTH_H
#define AS_JOSE_KEY_STRENGTH_H

#include "jose/key.h"

/*
 * NULL: the key is strong enough. Else a sentence: it is published (RFCs, jwt.io) or a placeholder;
 * an HMAC secret is shorter than its hash (RFC 7518 §3.2), one repeated byte or counting bytes; RSA
 * has fewer than 2048 bits, a bad exponent or a modulus that can be factored.
 */
const char *as_key_strength_check(apr_pool_t *p, const as_key_t *key);

/* The same for a secret that needs at least `min` bytes. */
const char *as_key_strength_check_secret(apr_pool_t *p, as_span_t secret, apr_size_t min);

/* Is this an HMAC secret that is too short, but neither published nor guessable? */
int as_key_strength_is_only_short(apr_pool_t *p, const as_key_t *key);

#endif
