/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/provider_param.h"

#include <apr_strings.h>

#include <string.h>

#include "base/utf8.h"
#include "base/wipe.h"
#include "sms/request_auth.h"

enum { KEY_SHOWN_MAX = 20 };

const char *as_provider_param_join(apr_pool_t *p, const char *list, const char *name)
{
    return list ? apr_pstrcat(p, list, ", ", name, NULL) : name;
}

/* The keys of this need, or all for -1; NULL: none. */
static const char *list_keys(apr_pool_t *p, const as_provider_param_t *params, int need)
{
    const char *list = NULL;

    for (; params->name; params++) {
        if (need < 0 || (int)params->need == need) {
            list = as_provider_param_join(p, list, apr_pstrcat(p, params->name, "=", NULL));
        }
    }
    return list;
}

/* Show the word up to its `=` only if that looks like a key: it could be a part of a secret. */
static const char *unknown_key_error(apr_pool_t *p, const as_provider_param_t *params,
                                     const char *word)
{
    const char *keys = list_keys(p, params, -1);
    apr_size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz-");

    if (word[len] == '=' && len && len <= KEY_SHOWN_MAX) {
        return apr_psprintf(p, "unknown key %.*s: must be one of %s", (int)len + 1, word, keys);
    }
    return apr_psprintf(p,
                        "a word without a known key: must be one of %s, and a value (quote a pair "
                        "with blanks as a whole)",
                        keys);
}

static const as_provider_param_t *find_param(const as_provider_param_t *params, const char *word)
{
    for (; params->name; params++) {
        apr_size_t len = strlen(params->name);

        if (strncmp(word, params->name, len) == 0 && word[len] == '=') {
            return params;
        }
    }
    return NULL;
}

/* The source in the value, with the text before it. NULL: CREDENTIALS of another form. */
static const char *find_source(const as_provider_param_t *param, const char *value)
{
    switch (param->need) {
    case AS_PROVIDER_PARAM_LITERAL:
        return value + strlen(value);
    case AS_PROVIDER_PARAM_CREDENTIALS:
        return as_request_auth_find_source(value);
    default:
        return value;
    }
}

/* Replace the secret source in a value by its secret. */
static const char *read_source(apr_pool_t *p, const char *value, const char *source,
                               as_provider_param_read_fn *read, void *ctx, const char **error)
{
    const char *secret = NULL, *whole;

    if (!*source) {
        return value;
    }
    if (read(ctx, p, source, &secret, error) != APR_SUCCESS) {
        return NULL;
    }
    if (source == value) {
        return secret;
    }
    whole = apr_pstrcat(p, apr_pstrmemdup(p, value, (apr_size_t)(source - value)), secret, NULL);
    as_wipe_with_pool(p, (as_span_t){whole, strlen(whole)});
    return whole;
}

static const char *parse_word(apr_pool_t *p, const as_provider_param_t *params, const char *word,
                              as_provider_param_read_fn *read, void *ctx, apr_table_t *values)
{
    const as_provider_param_t *param = find_param(params, word);
    const char *text, *source, *value, *error = NULL;

    if (!param) {
        return unknown_key_error(p, params, word);
    }
    text = word + strlen(param->name) + 1;
    if (param->need != AS_PROVIDER_PARAM_REPEATED && apr_table_get(values, param->name)) {
        return apr_psprintf(p, "%s= is given twice", param->name);
    }
    if (!*text) {
        return apr_psprintf(p, "%s= has no value", param->name);
    }
    source = find_source(param, text);
    if (!source) {
        return apr_psprintf(p, "%s= must be " AS_REQUEST_AUTH_FORMS, param->name);
    }
    value = read_source(p, text, source, read, ctx, &error);
    if (!value) {
        return apr_psprintf(p, "%s=: %s", param->name, error);
    }
    if (!*value || as_utf8_has_control(value)) {
        return apr_psprintf(p, "%s= must not be empty or have control characters", param->name);
    }
    apr_table_addn(values, param->name, value);
    return NULL;
}

static const char *check_needs(apr_pool_t *p, const as_provider_param_t *params,
                               const apr_table_t *values)
{
    const char *one_of = list_keys(p, params, AS_PROVIDER_PARAM_ONE_OF);
    int given = 0;

    for (; params->name; params++) {
        int has = apr_table_get(values, params->name) != NULL;

        if (params->need == AS_PROVIDER_PARAM_REQUIRED && !has) {
            return apr_psprintf(p, "%s= is missing", params->name);
        }
        given += params->need == AS_PROVIDER_PARAM_ONE_OF && has;
    }
    return one_of && given != 1 ? apr_psprintf(p, "exactly one of %s must be given", one_of) : NULL;
}

const char *as_provider_param_parse(apr_pool_t *p, const as_provider_param_t *params,
                                    const apr_array_header_t *words,
                                    as_provider_param_read_fn *read, void *ctx,
                                    apr_table_t **values)
{
    *values = apr_table_make(p, 4);
    for (int i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);
        const char *error = parse_word(p, params, word, read, ctx, *values);

        if (error) {
            return error;
        }
    }
    return check_needs(p, params, *values);
}
