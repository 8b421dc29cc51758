/* SPDX-License-Identifier: Apache-2.0 */
/* JSON texts: what the strict scanner takes json-c can parse, and what json-c then writes is taken
 * again. */
#include <apr_general.h>
#include <apr_pools.h>

#include <stdlib.h>

#include "core/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *global;
    const char *text = (const char *)data;
    json_object *tree = NULL;
    apr_pool_t *p;
    apr_status_t rv;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
    }
    apr_pool_create(&p, global);
    rv = as_json_object(p, text, size, &tree);
    if (rv == APR_SUCCESS) {
        as_span_t again = as_json_text(tree);

        FUZZ_REQUIRE(as_json_strict(text, size, AS_JSON_DEPTH));
        FUZZ_REQUIRE(as_json_strict(again.data, again.len, AS_JSON_DEPTH));
    } else {
        /* A strict object is parsed: what is refused is not strict, or something else than an
         * object. */
        size_t at = 0;

        while (at < size &&
               (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        FUZZ_REQUIRE(at == size || text[at] != '{' || !as_json_strict(text, size, AS_JSON_DEPTH));
    }
    apr_pool_destroy(p);
    return 0;
}
