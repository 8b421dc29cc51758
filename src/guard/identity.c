/* SPDX-License-Identifier: Apache-2.0 */
#include "guard/identity.h"

#include <apr_lib.h>
#include <apr_strings.h>

#define NAME_MAX_BYTES 64

static const char CLAIM[] = "AUTHSMS_CLAIM_";

static int is_variable_name(const char *name)
{
    apr_size_t len = 0;

    while (apr_isalnum(name[len]) || name[len] == '_') {
        len++;
    }
    return !name[len] && len > 0 && len <= NAME_MAX_BYTES;
}

/* NULL: null or an object, which have no text. */
static const char *scalar_text(apr_pool_t *p, json_object *value)
{
    enum json_type type = json_object_get_type(value);
    int scalar = type == json_type_string || type == json_type_int || type == json_type_double ||
                 type == json_type_boolean;

    return scalar ? apr_pstrdup(p, json_object_get_string(value)) : NULL;
}

/* NULL: one of the members has no text. */
static const char *array_text(apr_pool_t *p, json_object *array)
{
    size_t count = json_object_array_length(array);
    apr_array_header_t *texts = apr_array_make(p, 4, sizeof(const char *));
    const char *text = "";

    for (size_t i = 0; text && i < count; i++) {
        text = scalar_text(p, json_object_array_get_idx(array, i));
        APR_ARRAY_PUSH(texts, const char *) = text;
    }
    return text ? apr_array_pstrcat(p, texts, ',') : NULL;
}

void as_identity_environment(request_rec *r, const as_claims_t *claims)
{
    apr_table_setn(r->subprocess_env, "AUTHSMS_ID", claims->id);
    if (claims->sid) {
        apr_table_setn(r->subprocess_env, "AUTHSMS_SID", claims->sid);
    }
    json_object_object_foreach(claims->tree, name, value)
    {
        const char *text = NULL;

        if (is_variable_name(name)) {
            text = json_object_is_type(value, json_type_array) ? array_text(r->pool, value)
                                                               : scalar_text(r->pool, value);
        }
        if (text) {
            apr_table_setn(r->subprocess_env, apr_pstrcat(r->pool, CLAIM, name, NULL), text);
        }
    }
}
