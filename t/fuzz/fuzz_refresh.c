/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refresh tokens. Input: if the first byte is 'S', bytes to which the target adds a tag, so that
 * the steps after the check of the tag are reached. Else the rest is a token.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include <stdlib.h>
#include <string.h>

#include "account/refresh_token.h"
#include "base/base64url.h"
#include "base/mac.h"
#include "base/uuid.h"
#include "fuzz.h"

enum { TAG_BYTES = 16 };
#define SECRET "an AuthSMSSecret that fuzzers may know"

static apr_pool_t *global;
static apr_array_header_t *secrets;

static void set_up(void)
{
    apr_initialize();
    atexit(apr_terminate);
    apr_pool_create(&global, NULL);
    secrets = apr_array_make(global, 2, sizeof(as_span_t));
    APR_ARRAY_PUSH(secrets, as_span_t) = (as_span_t){"another one, which is the first", 31};
    APR_ARRAY_PUSH(secrets, as_span_t) = (as_span_t){SECRET, strlen(SECRET)};
}

static const char *add_tag(apr_pool_t *p, const char *data, size_t size)
{
    static const char label[] = "refresh token tag ";
    const as_span_t parts[] = {{label, strlen(label)}, {data, size}};
    char *bytes = apr_palloc(p, size + TAG_BYTES);
    as_span_t mac;

    FUZZ_REQUIRE(as_mac_compute(p, AS_MAC_SHA256, APR_ARRAY_IDX(secrets, 1, as_span_t), parts, 2,
                                &mac) == APR_SUCCESS);
    memcpy(bytes, data, size);
    memcpy(bytes + size, mac.data, TAG_BYTES);
    return as_base64url_encode(p, bytes, size + TAG_BYTES);
}

static void parse(apr_pool_t *p, const char *text, int has_tag)
{
    as_refresh_token_t token, successor, parsed;
    apr_status_t rv = as_refresh_token_parse(p, secrets, text, &token);

    FUZZ_REQUIRE(rv == APR_SUCCESS || rv == APR_EINVAL);
    FUZZ_REQUIRE(ERR_peek_error() == 0);
    if (rv != APR_SUCCESS) {
        return;
    }
    FUZZ_REQUIRE(has_tag && strcmp(token.text, text) == 0 && as_uuid_is_valid(token.sid));
    FUZZ_REQUIRE(as_refresh_token_derive(p, APR_ARRAY_IDX(secrets, 0, as_span_t), &token,
                                         &successor) == APR_SUCCESS);
    FUZZ_REQUIRE(as_refresh_token_parse(p, secrets, successor.text, &parsed) == APR_SUCCESS);
    FUZZ_REQUIRE(strcmp(parsed.sid, token.sid) == 0 && strcmp(parsed.hash, token.hash) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p;

    if (!secrets) {
        set_up();
    }
    if (!size) {
        return 0;
    }
    apr_pool_create(&p, global);
    if (data[0] == 'S') {
        parse(p, add_tag(p, (const char *)data + 1, size - 1), 1);
    } else {
        parse(p, apr_pstrmemdup(p, (const char *)data + 1, size - 1), 0);
    }
    apr_pool_destroy(p);
    return 0;
}
