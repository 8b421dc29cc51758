/* SPDX-License-Identifier: Apache-2.0 */
/* JSON. json-c parses each text that the strict scanner accepts; the scanner accepts what json-c
 * serializes; json_view and json-c find the same members. Input: JSON text. */
#include <apr_general.h>
#include <apr_pools.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "text/json.h"
#include "text/json_strict.h"
#include "text/json_view.h"

static void check_members(apr_pool_t *p, const as_json_view_t *view, json_object *tree);

static void check_value(apr_pool_t *p, json_object *value, const as_json_view_value_t *viewed)
{
    static const enum json_type types[] = {
        [AS_JSON_VIEW_STRING] = json_type_string,   [AS_JSON_VIEW_NUMBER] = json_type_double,
        [AS_JSON_VIEW_BOOLEAN] = json_type_boolean, [AS_JSON_VIEW_NULL] = json_type_null,
        [AS_JSON_VIEW_ARRAY] = json_type_array,     [AS_JSON_VIEW_OBJECT] = json_type_object,
    };
    enum json_type type = json_object_get_type(value);
    as_span_t left = viewed->text;
    as_json_view_value_t element;
    as_json_view_t inner;
    double number;

    FUZZ_REQUIRE(types[viewed->kind] == (type == json_type_int ? json_type_double : type));
    if (viewed->kind == AS_JSON_VIEW_STRING) {
        FUZZ_REQUIRE(!strcmp(as_json_view_get_string(p, viewed), json_object_get_string(value)));
    } else if (viewed->kind == AS_JSON_VIEW_NUMBER) {
        FUZZ_REQUIRE(as_json_view_get_number(viewed, &number));
        FUZZ_REQUIRE(number == json_object_get_double(value));
    } else if (viewed->kind == AS_JSON_VIEW_BOOLEAN) {
        FUZZ_REQUIRE((*viewed->text.data == 't') == json_object_get_boolean(value));
    } else if (viewed->kind == AS_JSON_VIEW_ARRAY) {
        size_t count = 0;

        while (as_json_view_next_element(&left, &element)) {
            check_value(p, json_object_array_get_idx(value, count++), &element);
        }
        FUZZ_REQUIRE(count == json_object_array_length(value));
    } else if (viewed->kind == AS_JSON_VIEW_OBJECT) {
        FUZZ_REQUIRE(as_json_view_parse_inner(p, viewed, &inner) == APR_SUCCESS);
        check_members(p, &inner, value);
    }
}

static void check_members(apr_pool_t *p, const as_json_view_t *view, json_object *tree)
{
    json_object *value;

    FUZZ_REQUIRE(view->count == (size_t)json_object_object_length(tree));
    for (size_t i = 0; i < view->count; i++) {
        FUZZ_REQUIRE(json_object_object_get_ex(tree, view->members[i].name, &value));
        FUZZ_REQUIRE(strlen(view->members[i].name) == view->members[i].name_len);
        check_value(p, value, &view->members[i].value);
    }
}

static void check_view(apr_pool_t *p, const char *text, size_t size, json_object *tree)
{
    as_json_view_t view;

    FUZZ_REQUIRE(as_json_view_parse(p, text, size, &view) == (tree ? APR_SUCCESS : APR_EINVAL));
    if (tree) {
        check_members(p, &view, tree);
    }
}

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
    rv = as_json_parse_object(p, text, size, &tree);
    check_view(p, text, size, tree);
    if (rv == APR_SUCCESS) {
        as_span_t again = as_json_serialize(tree);

        FUZZ_REQUIRE(as_json_strict_is_valid(text, size, AS_JSON_DEPTH));
        FUZZ_REQUIRE(as_json_strict_is_valid(again.data, again.len, AS_JSON_DEPTH));
    } else {
        /* Every strict object is parsed, so this text is not strict or not an object. */
        size_t at = 0;

        while (at < size &&
               (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        FUZZ_REQUIRE(at == size || text[at] != '{' ||
                     !as_json_strict_is_valid(text, size, AS_JSON_DEPTH));
    }
    apr_pool_destroy(p);
    return 0;
}
