/* SPDX-License-Identifier: Apache-2.0 */
/* A path into a JSON object, as in Require. Input: the path, LF, the object. */
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "text/json_path.h"

static apr_pool_t *global;

/* The pointer as text, from its reference tokens. */
static const char *format_pointer(apr_pool_t *p, const as_json_path_t *path)
{
    const char *text = "";

    for (int i = 0; i < path->tokens->nelts; i++) {
        text = apr_pstrcat(p, text, "/", NULL);
        for (const char *at = APR_ARRAY_IDX(path->tokens, i, const char *); *at; at++) {
            const char plain[] = {*at, '\0'};

            text = apr_pstrcat(p, text, *at == '~' ? "~0" : *at == '/' ? "~1" : plain, NULL);
        }
    }
    return text;
}

static void find_value(apr_pool_t *p, const as_json_path_t *path, const char *json, size_t len)
{
    as_json_view_t view;
    as_json_view_value_t value = {AS_JSON_VIEW_NULL, 0, {NULL, 0}};
    as_json_view_value_t root, same = value;
    int found;

    if (as_json_view_parse(p, json, len, &view) != APR_SUCCESS) {
        return;
    }
    found = as_json_path_find(p, &view, path, &value);
    FUZZ_REQUIRE(found >= 0 && found <= (path->tokens ? 1 : 2));
    FUZZ_REQUIRE(found != 1 ||
                 (value.text.data >= json && value.text.data + value.text.len <= json + len));
    FUZZ_REQUIRE(as_json_view_parse_value(json, len, &root) == APR_SUCCESS);
    FUZZ_REQUIRE(as_json_path_find_from(p, &root, path, &same) == (path->tokens ? found : 0));
    FUZZ_REQUIRE(!path->tokens || found != 1 ||
                 (same.text.data == value.text.data && same.text.len == value.text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *lf = memchr(data, '\n', size);
    as_json_path_t path;
    apr_pool_t *p;
    char *text;

    if (!lf) {
        return 0;
    }
    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    apr_pool_create(&p, global);
    text = apr_pstrmemdup(p, (const char *)data, (size_t)(lf - (const char *)data));
    if (as_json_path_parse(p, text, &path) == APR_SUCCESS) {
        FUZZ_REQUIRE(!path.tokens == (*text != '/') && !path.dotted == !!path.tokens);
        FUZZ_REQUIRE(!path.tokens || strcmp(format_pointer(p, &path), text) == 0);
        find_value(p, &path, lf + 1, size - (size_t)(lf + 1 - (const char *)data));
    }
    apr_pool_destroy(p);
    return 0;
}
