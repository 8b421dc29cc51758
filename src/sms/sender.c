/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/sender.h"

#include <apr_strings.h>

#include <string.h>

static const as_sender_type_t *const senders[] = {
    &as_sender_log, &as_sender_twilio, &as_sender_vonage, &as_sender_webhook, &as_sender_http,
};

enum { SENDERS = sizeof(senders) / sizeof(senders[0]), PREFIX_DIGITS_MAX = 15 };

static const char FOR[] = "for";

const as_sender_type_t *as_sender_find(const char *name)
{
    for (int i = 0; i < SENDERS; i++) {
        if (strcmp(senders[i]->name, name) == 0) {
            return senders[i];
        }
    }
    return NULL;
}

const char *as_sender_name(int i)
{
    return i < SENDERS ? senders[i]->name : NULL;
}

const char *as_sender_names(apr_pool_t *p)
{
    const char *names = NULL;

    for (int i = 0; i < SENDERS; i++) {
        names = as_provider_param_join(p, names, senders[i]->name);
    }
    return names;
}

/* The parameters of a type, and `for`. */
static const as_provider_param_t *list_params(apr_pool_t *p, const as_sender_type_t *type)
{
    apr_array_header_t *params = apr_array_make(p, 8, sizeof(as_provider_param_t));

    for (const as_provider_param_t *param = type->params; param->name; param++) {
        APR_ARRAY_PUSH(params, as_provider_param_t) = *param;
    }
    APR_ARRAY_PUSH(params, as_provider_param_t) =
        (as_provider_param_t){FOR, AS_PROVIDER_PARAM_LITERAL};
    APR_ARRAY_PUSH(params, as_provider_param_t) =
        (as_provider_param_t){NULL, AS_PROVIDER_PARAM_OPTIONAL};
    return (const as_provider_param_t *)params->elts;
}

/* "+" and digits of which the first is not 0. */
static int is_prefix(const char *text, apr_size_t len)
{
    return len >= 2 && len <= PREFIX_DIGITS_MAX + 1 && text[0] == '+' && text[1] != '0' &&
           strspn(text + 1, "0123456789") >= len - 1;
}

/* Parse the value of `for=`; NULL: none. */
static apr_status_t parse_prefixes(apr_pool_t *p, const char *value,
                                   const apr_array_header_t **prefixes, const char **error)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));

    *prefixes = NULL;
    if (!value) {
        return APR_SUCCESS;
    }
    for (;;) {
        apr_size_t len = strcspn(value, ",");

        if (!is_prefix(value, len)) {
            *error = "for= must be prefixes of numbers such as +44 or +44,+1876";
            return APR_EINVAL;
        }
        APR_ARRAY_PUSH(list, const char *) = apr_pstrmemdup(p, value, len);
        if (!value[len]) {
            *prefixes = list;
            return APR_SUCCESS;
        }
        value += len + 1;
    }
}

apr_status_t as_sender_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                            as_provider_param_read_fn *read, void *ctx, as_sender_t *sender,
                            const char **error)
{
    apr_table_t *values;
    apr_status_t rv;

    sender->type = as_sender_find(name);
    if (!sender->type) {
        *error = "there is no such sender";
        return APR_EINVAL;
    }
    *error = as_provider_param_parse(p, list_params(p, sender->type), words, read, ctx, &values);
    if (*error) {
        return APR_EINVAL;
    }
    rv = parse_prefixes(p, apr_table_get(values, FOR), &sender->prefixes, error);
    return rv == APR_SUCCESS ? sender->type->make(p, values, &sender->self, error) : rv;
}

int as_sender_serves(const as_sender_t *sender, const char *e164)
{
    const apr_array_header_t *prefixes = sender->prefixes;

    for (int i = 0; prefixes && i < prefixes->nelts; i++) {
        const char *prefix = APR_ARRAY_IDX(prefixes, i, const char *);

        if (strncmp(e164, prefix, strlen(prefix)) == 0) {
            return 1;
        }
    }
    return !prefixes;
}
