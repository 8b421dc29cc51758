/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of a request. Input: a byte that selects the sources, the Authorization field, LF, the
 * Cookie field. A field that begins with '-' is absent.
 */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "text/credential.h"

static apr_pool_t *global;

static const as_credential_source_t sources[][3] = {
    {{NULL}, {"t"}, {"other"}},
    {{"t"}, {NULL}, {"other"}},
    {{"other"}, {"t"}, {NULL}},
    {{"t"}, {"other"}, {NULL}},
};

static int is_within(as_span_t token, const char *field)
{
    return field && token.data >= field && token.data + token.len <= field + strlen(field);
}

static void find_credential(apr_pool_t *p, const as_credential_source_t *from, int count,
                            const char *field, const char *cookies)
{
    apr_array_header_t *list = apr_array_make(p, 3, sizeof(as_credential_source_t));
    const char *cookie = "unset";
    const char *why = NULL;
    as_span_t token = {NULL, 0};
    as_error_t error;

    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, as_credential_source_t) = from[i];
    }
    error = as_credential_find(field, cookies, count ? list : NULL, &token, &cookie, &why);
    FUZZ_REQUIRE(error == AS_OK || why);
    FUZZ_REQUIRE(error == AS_OK || error == AS_E_NO_TOKEN || error == AS_E_INVALID_TOKEN);
    FUZZ_REQUIRE(error != AS_E_NO_TOKEN || !cookie);
    FUZZ_REQUIRE(field || cookies || error == AS_E_NO_TOKEN);
    if (error == AS_OK) {
        FUZZ_REQUIRE(token.len && is_within(token, cookie ? cookies : field));
        FUZZ_REQUIRE(token.data[token.len - 1] != ' ');
        FUZZ_REQUIRE(!cookie || !memchr(token.data, ';', token.len));
        FUZZ_REQUIRE(!cookie || !memchr(token.data, ',', token.len));
    }
}

static const char *field_or_null(const char *text)
{
    return text && *text != '-' ? text : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p;
    char *field, *cookies;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    if (size < 1) {
        return 0;
    }
    apr_pool_create(&p, global);
    field = apr_pstrmemdup(p, (const char *)data + 1, size - 1);
    cookies = strchr(field, '\n');
    if (cookies) {
        *cookies++ = '\0';
    }
    find_credential(p, sources[data[0] % 4], data[0] / 4 % 4, field_or_null(field),
                    field_or_null(cookies));
    apr_pool_destroy(p);
    return 0;
}
