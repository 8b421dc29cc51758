/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of tokens share: a pool for each test, keys and rings in one line. */
#ifndef T_TOKEN_SUPPORT_H
#define T_TOKEN_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_pools.h>
#include <apr_strings.h>
#include <json-c/json.h>

#include "jose/jwt.h"
#include "jose/keyring.h"
#include "jose/signature.h"

/* Group fixtures (APR's start and end) and test fixtures (*state is a pool). The test's end also
 * demands that OpenSSL's error queue is empty. */
int apr_up(void **state);
int apr_down(void **state);
int pool_up(void **state);
int pool_down(void **state);

#define POOL_TEST(f) cmocka_unit_test_setup_teardown(f, pool_up, pool_down)
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

as_span_t span(const char *text);

/* A key that must be good, with as_key_create's own kid; and one that must be refused. */
const as_key_t *key_of(apr_pool_t *p, as_alg_t alg, const char *text);
const as_key_t *key_with(apr_pool_t *p, as_alg_t alg, const char *text, const char *kid, int flags);
void refuse_key(apr_pool_t *p, as_alg_t alg, const char *text, const char *error_has);

/* A ring of keys; the last argument is NULL. */
const as_keyring_t *ring_of(apr_pool_t *p, const as_key_t *first, ...);

/* A fresh key as PEM: type "RSA" (bits 2048), "ED25519", or a curve's name. */
const char *fresh_pem(apr_pool_t *p, const char *type, int want_public);

/* A fresh private key that fits the algorithm: PEM, or a secret of full length. */
const char *fresh_key(apr_pool_t *p, as_alg_t alg);

/* header and payload as they are, signed by the key. */
const char *token_of(apr_pool_t *p, const as_key_t *key, const char *header, const char *payload);

/* The reason of a refusal, "ok" for a good token. */
const char *verdict_on(apr_pool_t *p, const as_keyring_t *ring, const char *token);

#endif
