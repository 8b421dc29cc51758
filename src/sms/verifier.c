/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/verifier.h"

#include <string.h>

static const as_verifier_type_t *const verifiers[] = {
    &as_verifier_authy,
    &as_verifier_twilio,
};

enum { VERIFIERS = sizeof(verifiers) / sizeof(verifiers[0]) };

const as_verifier_type_t *as_verifier_find(const char *name)
{
    for (int i = 0; i < VERIFIERS; i++) {
        if (strcmp(verifiers[i]->name, name) == 0) {
            return verifiers[i];
        }
    }
    return NULL;
}

const char *as_verifier_name(int i)
{
    return i < VERIFIERS ? verifiers[i]->name : NULL;
}

const char *as_verifier_names(apr_pool_t *p)
{
    const char *names = NULL;

    for (int i = 0; i < VERIFIERS; i++) {
        names = as_provider_param_join(p, names, verifiers[i]->name);
    }
    return names;
}

apr_status_t as_verifier_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                              as_provider_param_read_fn *read, void *ctx, as_verifier_t *verifier,
                              const char **error)
{
    apr_table_t *values;

    verifier->type = as_verifier_find(name);
    if (!verifier->type) {
        *error = "there is no such verifier";
        return APR_EINVAL;
    }
    *error = as_provider_param_parse(p, verifier->type->params, words, read, ctx, &values);
    return *error ? APR_EINVAL : verifier->type->make(p, values, &verifier->self, error);
}
