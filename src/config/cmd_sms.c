/* SPDX-License-Identifier: Apache-2.0 */
/* The setters of providers, codes and numbers. */
#include <apr_strings.h>
#include <http_core.h>

#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"
#include "account/code.h"
#include "account/phone.h"
#include "account/phone_plan.h"
#include "sms/provider.h"

static const char LOCAL[] = "local";
static const apr_interval_time_t CODE_TTL_SOUND = apr_time_from_sec(600);

const char *as_set_validation(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_flag(cmd, value, &as_srv(cmd->server)->validation);
}

/* as_sms_read_fn: a provider's value may be any secret source. */
static apr_status_t read_value(void *ctx, apr_pool_t *p, const char *source, const char **value,
                               const char **error)
{
    as_span_t secret;

    (void)p;
    *error = as_parse_source(ctx, source, AS_SECRET_SOURCE_TEXT, &secret);
    *value = *error ? NULL : secret.data;
    return *error ? APR_EINVAL : APR_SUCCESS;
}

static apr_array_header_t *rest_of(cmd_parms *cmd, int argc, char *const argv[])
{
    apr_array_header_t *words = apr_array_make(cmd->pool, argc, sizeof(const char *));

    for (int i = 1; i < argc; i++) {
        APR_ARRAY_PUSH(words, const char *) = argv[i];
    }
    return words;
}

const char *as_set_verifier(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    as_verifier_t *verifier = apr_pcalloc(cmd->pool, sizeof(*verifier));
    const char *name = argc ? argv[0] : "";
    const char *error = NULL;

    (void)dir;
    sc->verifier = verifier;
    if (ap_cstr_casecmp(name, LOCAL) == 0) {
        return argc == 1 ? NULL : as_parse_error(cmd, name, "takes no keys");
    }
    if (!as_verifier_find(name)) {
        return as_parse_error(
            cmd, as_parse_shown(cmd, name),
            apr_pstrcat(cmd->pool, "must be one of local, ", as_verifier_names(cmd->pool), NULL));
    }
    return as_verifier_make(cmd->pool, name, rest_of(cmd, argc, argv), read_value, cmd, verifier,
                            &error) == APR_SUCCESS
               ? NULL
               : as_parse_error(cmd, name, error);
}

const char *as_set_sender(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    apr_array_header_t *senders = sc->senders ? apr_array_copy(cmd->pool, sc->senders)
                                              : apr_array_make(cmd->pool, 2, sizeof(as_sender_t));
    const char *name = argc ? argv[0] : "";
    const char *error = NULL;

    (void)dir;
    sc->senders = senders;
    if (argc == 1 && ap_cstr_casecmp(name, as_config_none) == 0) {
        apr_array_clear(senders);
        return NULL;
    }
    if (!as_sender_find(name)) {
        return as_parse_error(cmd, as_parse_shown(cmd, name),
                              apr_pstrcat(cmd->pool, "must be one of ", as_sender_names(cmd->pool),
                                          ", or none", NULL));
    }
    return as_sender_make(cmd->pool, name, rest_of(cmd, argc, argv), read_value, cmd,
                          apr_array_push(senders), &error) == APR_SUCCESS
               ? NULL
               : as_parse_error(cmd, name, error);
}

const char *as_set_code(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    const char *length = NULL, *ttl = NULL, *attempts = NULL, *resend = NULL;
    const as_parse_option_t options[] = {
        {"length", &length}, {"ttl", &ttl}, {"attempts", &attempts},
        {"resend", &resend}, {NULL, NULL},
    };
    const char *error = as_parse_options(cmd, argc, argv, options);

    (void)dir;
    if (!error) {
        error = as_parse_int(cmd, length ? length : "6", AS_CODE_DIGITS_MIN, 10, &sc->code_length);
    }
    if (!error) {
        error = as_parse_duration(cmd, ttl ? ttl : "10m", apr_time_from_sec(1),
                                  apr_time_from_sec(86400), &sc->code_ttl);
    }
    if (!error && sc->code_ttl > CODE_TTL_SOUND) {
        as_parse_warn(cmd, "ttl=%s gives guesses more time than the 10 minutes that are usual",
                      ttl);
    }
    if (!error) {
        error = as_parse_int(cmd, attempts ? attempts : "5", 1, 100, &sc->code_attempts);
    }
    if (!error) {
        error = as_parse_duration(cmd, resend ? resend : "30s", 0, apr_time_from_sec(86400),
                                  &sc->code_resend);
    }
    return error;
}

const char *as_set_number_types(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {"mobile", "any", NULL}; /* as_phone_types_t */

    (void)dir;
    return as_parse_choice(cmd, value, words, &as_srv(cmd->server)->number_types);
}

const char *as_set_country(cmd_parms *cmd, void *dir, const char *value)
{
    const char **country = &as_srv(cmd->server)->country;

    (void)dir;
    return as_phone_parse_calling_code(cmd->pool, value, country) == APR_SUCCESS &&
                   as_phone_plan_calling_code(*country + 1)
               ? NULL
               : as_parse_error(cmd, value, "must be a calling code such as +44");
}

const char *as_set_allow_countries(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    apr_array_header_t *rules = apr_array_make(cmd->pool, argc, sizeof(as_phone_rule_t));

    (void)dir;
    for (int i = 0; i < argc; i++) {
        if (as_phone_parse_rule(cmd->pool, argv[i], apr_array_push(rules)) != APR_SUCCESS) {
            return as_parse_error(
                cmd, argv[i],
                "must be a calling code or longer prefix such as +1 or -+1876, or all");
        }
    }
    as_srv(cmd->server)->countries = rules;
    return argc ? NULL
                : apr_psprintf(cmd->pool, "%s needs prefixes such as +44, or all", cmd->cmd->name);
}

const char *as_set_timeout(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    const char *parallel = NULL;
    const as_parse_option_t options[] = {{"parallel", &parallel}, {NULL, NULL}};
    const char *error;

    (void)dir;
    if (argc < 2) {
        return apr_psprintf(cmd->pool, "%s needs two durations, such as 3s 10s", cmd->cmd->name);
    }
    error = as_parse_duration(cmd, argv[0], apr_time_from_sec(1), apr_time_from_sec(60),
                              &sc->sms_connect);
    if (!error) {
        error = as_parse_duration(cmd, argv[1], sc->sms_connect, apr_time_from_sec(120),
                                  &sc->sms_total);
    }
    if (!error) {
        error = as_parse_options(cmd, argc - 2, argv + 2, options);
    }
    sc->sms_parallel = 0;
    if (!error && parallel) {
        error = as_parse_int(cmd, parallel, 1, 10000, &sc->sms_parallel);
    }
    return error;
}
