/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes from OpenSSL's generator. All of the module takes them from here, so tests can
 * replace the generator. */
#ifndef AS_BASE_RANDOM_H
#define AS_BASE_RANDOM_H

#include <apr_pools.h>

/* Fill buf with n random bytes. APR_EGENERAL: the generator failed; make nothing secret then. */
apr_status_t as_random_bytes(void *buf, apr_size_t n);

/* For tests: replace the generator; NULL restores OpenSSL's. Not thread-safe. */
void as_random_set_generator(apr_status_t (*bytes)(void *buf, apr_size_t n));

#endif
