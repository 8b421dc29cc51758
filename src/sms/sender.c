/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/sender.h"

#include <string.h>

static const as_sender_type_t *const senders[] = {
    &as_sender_log,
    &as_sender_twilio,
    &as_sender_vonage,
    &as_sender_webhook,
};

enum { SENDERS = sizeof(senders) / sizeof(senders[0]) };

const as_sender_type_t *as_sender_find(const char *name)
{
    for (int i = 0; i < SENDERS; i++) {
        if (strcmp(senders[i]->name, name) == 0) {
            return senders[i];
        }
    }
    return NULL;
}

const char *as_sender_names(apr_pool_t *p)
{
    const char *names = NULL;

    for (int i = 0; i < SENDERS; i++) {
        names = as_provider_param_join(p, names, senders[i]->name);
    }
    return names;
}

apr_status_t as_sender_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                            as_provider_param_read_fn *read, void *ctx, as_sender_t *sender,
                            const char **error)
{
    apr_table_t *values;

    sender->type = as_sender_find(name);
    if (!sender->type) {
        *error = "there is no such sender";
        return APR_EINVAL;
    }
    *error = as_provider_param_parse(p, sender->type->params, words, read, ctx, &values);
    return *error ? APR_EINVAL : sender->type->make(p, values, &sender->self, error);
}
