/* SPDX-License-Identifier: Apache-2.0 */
/* Stored password hashes: a hash that is accepted is within the bounds. Nothing is hashed. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include <stdlib.h>

#include "account/password.h"
#include "fuzz.h"

static apr_pool_t *global;

static void read_hash(apr_pool_t *p, const char *stored)
{
    as_argon2_params_t params;
    int is_argon2 = as_argon2_read_params(stored, &params) == APR_SUCCESS;
    as_password_work_t work = as_password_work(&as_password_hash_default, 0, stored);

    FUZZ_REQUIRE(is_argon2 == (work.argon2.memory != 0));
    if (is_argon2) {
        FUZZ_REQUIRE(params.memory >= AS_ARGON2_MEMORY_MIN);
        FUZZ_REQUIRE(params.memory <= AS_ARGON2_MEMORY_MAX);
        FUZZ_REQUIRE(params.passes >= 1 && as_argon2_work(&params) <= AS_ARGON2_WORK_MAX);
        FUZZ_REQUIRE(params.lanes >= 1 && params.lanes <= AS_ARGON2_LANES_MAX);
    } else if (!as_password_check_hash(p, stored)) {
        FUZZ_REQUIRE(as_bcrypt_read_cost(stored) >= AS_BCRYPT_COST_MIN);
        FUZZ_REQUIRE(as_bcrypt_read_cost(stored) <= AS_BCRYPT_COST_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    apr_pool_create(&p, global);
    read_hash(p, apr_pstrmemdup(p, (const char *)data, size));
    apr_pool_destroy(p);
    return 0;
}
