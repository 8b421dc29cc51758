/* SPDX-License-Identifier: Apache-2.0 */
/* Names of algorithms. */
#include "token_support.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static void reads_every_algorithm_name(void **state)
{
    as_alg_t alg, found;

    (void)state;
    for (alg = 0; alg < AS_ALG_COUNT; alg++) {
        const char *name = as_alg_name(alg);

        assert_int_equal(as_alg_find(name, strlen(name), &found), APR_SUCCESS);
        assert_int_equal(found, alg);
        assert_int_equal(as_alg_find(name, strlen(name) - 1, &found), APR_ENOENT);
        assert_int_equal(as_alg_is_symmetric(alg), name[0] == 'H');
        assert_non_null(strstr(as_alg_names(), name));
    }
    assert_int_equal(as_alg_find("", 0, &found), APR_ENOENT);
    assert_int_equal(as_alg_find("hs256", 5, &found), APR_ENOENT);
    assert_int_equal(as_alg_find("none", 4, &found), APR_ENOENT);
    assert_string_equal(as_alg_names(),
                        "HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 "
                        "ES384 ES512 EdDSA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(reads_every_algorithm_name),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
