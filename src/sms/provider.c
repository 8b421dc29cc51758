/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/provider.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

#include "base/utf8.h"
#include "sms/types.h"

static const as_sender_type_t *const senders[] = {
    &as_sender_log,
    &as_sender_twilio,
    &as_sender_vonage,
    &as_sender_webhook,
};

static const as_verifier_type_t *const verifiers[] = {
    &as_verifier_authy,
    &as_verifier_twilio,
};

enum {
    SENDERS = sizeof(senders) / sizeof(senders[0]),
    VERIFIERS = sizeof(verifiers) / sizeof(verifiers[0]),
    KEY_SHOWN_MAX = 20,
};

const char *as_sms_result_name(as_sms_result_t result)
{
    static const char *const names[] = {
        [AS_SMS_OK] = "ok",
        [AS_SMS_WRONG_CODE] = "wrong code",
        [AS_SMS_GONE] = "gone",
        [AS_SMS_TOO_MANY] = "too many checks",
        [AS_SMS_REJECTED] = "number rejected",
        [AS_SMS_FRAUD] = "blocked as fraud",
        [AS_SMS_RATE_LIMITED] = "rate limited",
        [AS_SMS_CREDENTIALS] = "credentials or configuration refused",
        [AS_SMS_TEMPORARY] = "temporary fault, nothing sent",
        [AS_SMS_UNKNOWN] = "unknown, perhaps sent",
        [AS_SMS_BUSY] = "too many calls at once",
        [AS_SMS_UNREACHABLE] = "number not served",
    };

    return names[result];
}

int as_sms_is_passing(as_sms_result_t result)
{
    return result == AS_SMS_RATE_LIMITED || result == AS_SMS_TEMPORARY || result == AS_SMS_BUSY;
}

int as_sms_is_unchecked(as_sms_result_t result)
{
    return as_sms_is_passing(result) || result == AS_SMS_CREDENTIALS;
}

const as_sender_type_t *as_sender_find(const char *name)
{
    const as_sender_type_t *found = NULL;

    for (int i = 0; !found && i < SENDERS; i++) {
        found = strcmp(senders[i]->name, name) == 0 ? senders[i] : NULL;
    }
    return found;
}

const as_verifier_type_t *as_verifier_find(const char *name)
{
    const as_verifier_type_t *found = NULL;

    for (int i = 0; !found && i < VERIFIERS; i++) {
        found = strcmp(verifiers[i]->name, name) == 0 ? verifiers[i] : NULL;
    }
    return found;
}

/* "a, b", or "a" where there is nothing yet. */
static const char *listed(apr_pool_t *p, const char *list, const char *name)
{
    return list ? apr_pstrcat(p, list, ", ", name, NULL) : name;
}

const char *as_sender_names(apr_pool_t *p)
{
    const char *names = NULL;

    for (int i = 0; i < SENDERS; i++) {
        names = listed(p, names, senders[i]->name);
    }
    return names;
}

const char *as_verifier_names(apr_pool_t *p)
{
    const char *names = NULL;

    for (int i = 0; i < VERIFIERS; i++) {
        names = listed(p, names, verifiers[i]->name);
    }
    return names;
}

/* Those of this need, or all for -1; NULL: none. */
static const char *keys(apr_pool_t *p, const as_sms_param_t *params, int need)
{
    const char *list = NULL;

    for (; params->name; params++) {
        if (need < 0 || (int)params->need == need) {
            list = listed(p, list, apr_pstrcat(p, params->name, "=", NULL));
        }
    }
    return list;
}

/* What stands before the `=`, if it looks like a key: it could be half of a secret. */
static const char *shown_key(apr_pool_t *p, const char *word)
{
    apr_size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz-");

    return word[len] == '=' && len && len <= KEY_SHOWN_MAX
               ? apr_pstrcat(p, apr_pstrmemdup(p, word, len + 1), " is not a key of it", NULL)
               : "a word is not key=value with a key of it (a pair with blanks is quoted whole)";
}

static const as_sms_param_t *param_of(const as_sms_param_t *params, const char *word)
{
    for (; params->name; params++) {
        apr_size_t len = strlen(params->name);

        if (strncmp(word, params->name, len) == 0 && word[len] == '=') {
            return params;
        }
    }
    return NULL;
}

static const char *take_word(apr_pool_t *p, const as_sms_param_t *params, const char *word,
                             as_sms_read_fn *read, void *ctx, apr_table_t *values)
{
    const as_sms_param_t *param = param_of(params, word);
    const char *source, *value = NULL, *error = NULL;

    if (!param) {
        const char *list = keys(p, params, -1);

        return list ? apr_psprintf(p, "%s: it takes %s", shown_key(p, word), list)
                    : "it takes no keys";
    }
    source = word + strlen(param->name) + 1;
    if (apr_table_get(values, param->name)) {
        return apr_psprintf(p, "%s= is given twice", param->name);
    }
    if (!*source) {
        return apr_psprintf(p, "%s= has no value", param->name);
    }
    if (read(ctx, p, source, &value, &error) != APR_SUCCESS) {
        return apr_psprintf(p, "%s=: %s", param->name, error);
    }
    if (!*value || as_utf8_has_control(value)) {
        return apr_psprintf(p, "%s= must not be empty or have control characters", param->name);
    }
    apr_table_setn(values, param->name, value);
    return NULL;
}

static const char *check_needs(apr_pool_t *p, const as_sms_param_t *params,
                               const apr_table_t *values)
{
    const char *one_of = keys(p, params, AS_SMS_ONE_OF);
    int given = 0;

    for (; params->name; params++) {
        int has = apr_table_get(values, params->name) != NULL;

        if (params->need == AS_SMS_REQUIRED && !has) {
            return apr_psprintf(p, "%s= is missing", params->name);
        }
        given += params->need == AS_SMS_ONE_OF && has;
    }
    return one_of && given != 1 ? apr_psprintf(p, "exactly one of %s must be given", one_of) : NULL;
}

static const char *parse(apr_pool_t *p, const as_sms_param_t *params,
                         const apr_array_header_t *words, as_sms_read_fn *read, void *ctx,
                         apr_table_t *values)
{
    const char *error = NULL;

    for (int i = 0; !error && i < words->nelts; i++) {
        error = take_word(p, params, APR_ARRAY_IDX(words, i, const char *), read, ctx, values);
    }
    return error ? error : check_needs(p, params, values);
}

apr_status_t as_sender_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                            as_sms_read_fn *read, void *ctx, as_sender_t *sender,
                            const char **error)
{
    apr_table_t *values = apr_table_make(p, 4);

    sender->type = as_sender_find(name);
    *error = sender->type ? parse(p, sender->type->params, words, read, ctx, values)
                          : "there is no such sender";
    return *error ? APR_EINVAL : sender->type->make(p, values, &sender->self, error);
}

apr_status_t as_verifier_make(apr_pool_t *p, const char *name, const apr_array_header_t *words,
                              as_sms_read_fn *read, void *ctx, as_verifier_t *verifier,
                              const char **error)
{
    apr_table_t *values = apr_table_make(p, 4);

    verifier->type = as_verifier_find(name);
    *error = verifier->type ? parse(p, verifier->type->params, words, read, ctx, values)
                            : "there is no such verifier";
    return *error ? APR_EINVAL : verifier->type->make(p, values, &verifier->self, error);
}
