/* SPDX-License-Identifier: Apache-2.0 */
/* The challenge string of a login. Input: the string. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "base/signed_id.h"
#include "base/uuid.h"
#include "fuzz.h"

static const as_span_t SECRETS[] = {{"first", 5}, {"second", 6}};
static apr_pool_t *global;

/* Is this the string of its first 36 characters, made with this secret? */
static int is_made_with(apr_pool_t *p, as_span_t secret, const char *text)
{
    const char *made;

    FUZZ_REQUIRE(as_signed_id_create(p, secret, "challenge", apr_pstrmemdup(p, text, 36), &made) ==
                 APR_SUCCESS);
    return strcmp(made, text) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_array_header_t *secrets;
    const char *id;
    apr_pool_t *p;
    char *text;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    apr_pool_create(&p, global);
    secrets = apr_array_make(p, 2, sizeof(as_span_t));
    APR_ARRAY_PUSH(secrets, as_span_t) = SECRETS[0];
    APR_ARRAY_PUSH(secrets, as_span_t) = SECRETS[1];
    text = apr_pstrmemdup(p, (const char *)data, size);
    if (as_signed_id_parse(p, secrets, "challenge", text, &id) == APR_SUCCESS) {
        FUZZ_REQUIRE(strlen(text) == 80 && strncmp(id, text, 36) == 0 && strlen(id) == 36);
        FUZZ_REQUIRE(is_made_with(p, SECRETS[0], text) || is_made_with(p, SECRETS[1], text));
        FUZZ_REQUIRE(as_signed_id_parse(p, secrets, "other", text, &id) == APR_EINVAL);
    } else if (strlen(text) >= 36 && as_uuid_is_valid(apr_pstrmemdup(p, text, 36))) {
        FUZZ_REQUIRE(!is_made_with(p, SECRETS[0], text) && !is_made_with(p, SECRETS[1], text));
    }
    apr_pool_destroy(p);
    return 0;
}
