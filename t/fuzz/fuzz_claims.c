/* SPDX-License-Identifier: Apache-2.0 */
/* Claims of a verified token. Input: JSON text. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "jose/claims.h"

#define NOW APR_INT64_C(1795425060000000) /* 2026-11-23T09:11:00Z */
#define YEAR_10000 APR_INT64_C(253402300800000000)

static apr_pool_t *global;

static void check_claims(const as_claims_policy_t *policy, const as_json_view_t *view,
                         apr_pool_t *p)
{
    as_claims_t claims;
    const char *why = NULL;
    as_error_t error = as_claims_read(p, policy, view, &claims, &why);

    if (error == AS_OK) {
        FUZZ_REQUIRE(claims.id && *claims.id && (!claims.sid || *claims.sid));
        FUZZ_REQUIRE(!as_utf8_has_control(claims.id));
        FUZZ_REQUIRE(!claims.sid || !as_utf8_has_control(claims.sid));
        FUZZ_REQUIRE(claims.expires >= 0 && claims.expires < YEAR_10000);
        FUZZ_REQUIRE(claims.not_before >= 0 && claims.not_before < YEAR_10000);
        FUZZ_REQUIRE(claims.issued >= 0 && claims.issued < YEAR_10000);
        FUZZ_REQUIRE(!claims.expires == !as_json_view_find(view, "exp"));
        error = as_claims_check_times(policy, &claims, NOW, &why);
    }
    FUZZ_REQUIRE((error == AS_OK) == (why == NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const as_claims_policy_t lax;
    as_claims_policy_t strict = {.issuer = "us", .audience = "app", .leeway = 1000000};
    as_json_view_t view;
    apr_array_header_t *required;
    apr_pool_t *p;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    apr_pool_create(&p, global);
    required = apr_array_make(p, 1, sizeof(const char *));
    APR_ARRAY_PUSH(required, const char *) = "exp";
    strict.required = required;
    if (as_json_view_parse(p, (const char *)data, size, &view) == APR_SUCCESS) {
        check_claims(&lax, &view, p);
        check_claims(&strict, &view, p);
    }
    apr_pool_destroy(p);
    return 0;
}
