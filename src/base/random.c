/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include <limits.h>

static apr_status_t openssl_bytes(void *buf, apr_size_t n)
{
    int ok;

    ERR_set_mark();
    ok = n <= INT_MAX && RAND_bytes(buf, (int)n) == 1;
    ERR_pop_to_mark();
    return ok ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t (*generator)(void *buf, apr_size_t n) = openssl_bytes;

apr_status_t as_random_bytes(void *buf, apr_size_t n)
{
    return generator(buf, n);
}

void as_random_set_generator(apr_status_t (*bytes)(void *buf, apr_size_t n))
{
    generator = bytes ? bytes : openssl_bytes;
}
