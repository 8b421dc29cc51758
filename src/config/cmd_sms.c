/* SPDX-License-Identifier: Apache-2.0 */
/* Setters of the section "SMS". */
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>

#include <string.h>

#include "account/code.h"
#include "account/phone.h"
#include "account/phone_plan.h"
#include "account/username.h"
#include "base/log.h"
#include "base/template.h"
#include "config/config.h"
#include "config/directives.h"
#include "config/parse.h"
#include "config/text_template.h"
#include "sms/sender.h"
#include "sms/verifier.h"

enum { HOST_MAX = 253 };
static const char LOCAL[] = "local";
static const apr_interval_time_t CODE_TTL_RECOMMENDED = apr_time_from_sec(600);

const char *as_set_validation(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_flag(cmd, value, &as_srv(cmd->server)->validation);
}

/* as_provider_param_read_fn: each value of a provider can be a secret source. */
static apr_status_t read_value(void *ctx, apr_pool_t *p, const char *source, const char **value,
                               const char **error)
{
    as_span_t secret;

    (void)p;
    *error = as_parse_secret_source(ctx, source, AS_SECRET_SOURCE_TEXT, &secret);
    *value = *error ? NULL : secret.data;
    return *error ? APR_EINVAL : APR_SUCCESS;
}

static apr_array_header_t *words_after_name(cmd_parms *cmd, int argc, char *const argv[])
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
            cmd, as_parse_redact(cmd, name),
            apr_pstrcat(cmd->pool, "must be one of local, ", as_verifier_names(cmd->pool), NULL));
    }
    return as_verifier_make(cmd->pool, name, words_after_name(cmd, argc, argv), read_value, cmd,
                            verifier, &error) == APR_SUCCESS
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
        return as_parse_error(cmd, as_parse_redact(cmd, name),
                              apr_pstrcat(cmd->pool, "must be one of ", as_sender_names(cmd->pool),
                                          ", or none", NULL));
    }
    return as_sender_make(cmd->pool, name, words_after_name(cmd, argc, argv), read_value, cmd,
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
    const char *error;

    (void)dir;
    if ((error = as_parse_options(cmd, argc, argv, options)) ||
        (error =
             as_parse_int(cmd, length ? length : "6", AS_CODE_DIGITS_MIN, 10, &sc->code_length)) ||
        (error = as_parse_duration(cmd, ttl ? ttl : "10m", apr_time_from_sec(1),
                                   apr_time_from_sec(86400), &sc->code_ttl)) ||
        (error = as_parse_int(cmd, attempts ? attempts : "5", 1, 100, &sc->code_attempts)) ||
        (error = as_parse_duration(cmd, resend ? resend : "30s", 0, apr_time_from_sec(86400),
                                   &sc->code_resend))) {
        return error;
    }
    if (sc->code_ttl > CODE_TTL_RECOMMENDED) {
        as_parse_warn(cmd, AS_TAG(0160),
                      "ttl=%s gives attackers more time to guess than the usual 10 minutes", ttl);
    }
    return NULL;
}

const char *as_set_number_types(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {"mobile", "any", NULL}; /* as_phone_types_t */

    (void)dir;
    return as_parse_choice(cmd, value, words, &as_srv(cmd->server)->number_types);
}

/* The names of the texts, for errors. */
static const char *list_texts(apr_pool_t *p)
{
    const char *names = as_text_template_name(AS_TEXT_CODE);

    for (as_text_kind_t kind = AS_TEXT_CODE + 1; kind < AS_TEXT_COUNT; kind++) {
        names = apr_pstrcat(p, names, ", ", as_text_template_name(kind), NULL);
    }
    return names;
}

const char *as_set_template(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_text_kind_t kind = argc ? as_text_template_find(argv[0]) : AS_TEXT_COUNT;
    const char *text = NULL;
    const char *error = NULL;

    (void)dir;
    if (argc != 2) {
        return as_parse_error(cmd, argc ? argv[argc - 1] : "",
                              "needs a name and a quoted text, or default");
    }
    if (kind == AS_TEXT_COUNT) {
        return as_parse_error(
            cmd, argv[0],
            apr_pstrcat(cmd->pool, "must be one of ", list_texts(cmd->temp_pool), NULL));
    }
    if (ap_cstr_casecmp(argv[1], as_config_default) == 0) {
        as_srv(cmd->server)->texts[kind] = as_config_default;
        return NULL;
    }
    error = as_parse_text(cmd, argv[1], &text);
    if (!error && text == as_config_none && !as_text_template_is_optional(kind)) {
        return as_parse_error(cmd, argv[1], "must be a text, or default");
    }
    if (!error && text != as_config_none) {
        error = as_template_check(cmd->pool, text, as_text_template_content(kind));
        error = error ? as_parse_error(cmd, text, error) : NULL;
    }
    as_srv(cmd->server)->texts[kind] = text;
    return error;
}

const char *as_set_app_name(cmd_parms *cmd, void *dir, const char *value)
{
    (void)dir;
    return as_parse_text(cmd, value, &as_srv(cmd->server)->app_name);
}

/* Letters, digits and hyphens between dots, as browsers compare it with the page's host. */
static int is_host(const char *value)
{
    apr_size_t len = strlen(value);
    int valid = len > 0 && len <= HOST_MAX && value[len - 1] != '.' && value[len - 1] != '-';

    for (const char *c = value; valid && *c; c++) {
        int starts_label = c == value || c[-1] == '.';

        valid = apr_isalnum(*c) || (!starts_label && *c == '-') ||
                (!starts_label && *c == '.' && c[-1] != '-');
    }
    return valid;
}

const char *as_set_webotp(cmd_parms *cmd, void *dir, const char *value)
{
    as_srv_t *sc = as_srv(cmd->server);

    (void)dir;
    if (ap_cstr_casecmp(value, "off") == 0) {
        sc->webotp = as_config_none;
        return NULL;
    }
    sc->webotp = value;
    return is_host(value)
               ? NULL
               : as_parse_error(cmd, value, "must be a host name such as example.org, or Off");
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

enum { RATIO_DIGITS = 3 };

/* "0.3" in thousandths. Not strtod: its decimal point depends on the locale. */
static const char *parse_ratio(cmd_parms *cmd, const char *value, int *thousandths)
{
    const char *digits = strncmp(value, "0.", 2) == 0 ? value + 2 : "";
    apr_size_t len = strspn(digits, "0123456789");
    int number = 0;

    for (apr_size_t i = 0; i < RATIO_DIGITS; i++) {
        number = number * 10 + (i < len ? digits[i] - '0' : 0);
    }
    *thousandths = number;
    return number && len <= RATIO_DIGITS && !digits[len]
               ? NULL
               : as_parse_error(cmd, value, "must be a ratio from 0.001 to 0.999, such as 0.3");
}

const char *as_set_fraud_guard(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    static const char *const modes[] = {"Off", "record", "deny", NULL}; /* as_fraud_guard_mode_t */
    as_fraud_guard_t *guard = apr_pcalloc(cmd->pool, sizeof(*guard));
    const char *ratio = NULL, *min = NULL;
    const as_parse_option_t options[] = {{"ratio", &ratio}, {"min", &min}, {NULL, NULL}};
    const char *error;
    int mode;

    (void)dir;
    if ((error = as_parse_choice(cmd, argc ? argv[0] : "", modes, &mode)) ||
        (error = as_parse_options(cmd, argc - 1, argv + 1, options)) ||
        (error = parse_ratio(cmd, ratio ? ratio : "0.3", &guard->thousandths)) ||
        (error = as_parse_int(cmd, min ? min : "20", 1, 1000000, &guard->min))) {
        return error;
    }
    if (mode == AS_FRAUD_GUARD_OFF && argc > 1) {
        return as_parse_error(cmd, argv[0], "must be the only word");
    }
    guard->mode = (as_fraud_guard_mode_t)mode;
    as_srv(cmd->server)->fraud_guard = guard;
    return NULL;
}

const char *as_set_delivery(cmd_parms *cmd, void *dir, const char *value)
{
    static const char *const words[] = {"direct", "queued", NULL};

    (void)dir;
    return as_parse_choice(cmd, value, words, &as_srv(cmd->server)->queued);
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
    sc->sms_parallel = 0;
    if ((error = as_parse_duration(cmd, argv[0], apr_time_from_sec(1), apr_time_from_sec(60),
                                   &sc->sms_connect)) ||
        (error = as_parse_duration(cmd, argv[1], sc->sms_connect, apr_time_from_sec(120),
                                   &sc->sms_total)) ||
        (error = as_parse_options(cmd, argc - 2, argv + 2, options))) {
        return error;
    }
    return parallel ? as_parse_int(cmd, parallel, 1, 10000, &sc->sms_parallel) : NULL;
}

static const char *parse_test_number(cmd_parms *cmd, char *const argv[], as_test_number_t *test)
{
    apr_pool_t *p = cmd->pool;
    const char *name = NULL, *country, *number, *code;
    const as_parse_option_t options[] = {{"user", &name}, {NULL, NULL}};
    const char *error = as_parse_options(cmd, 1, argv + 2, options);

    if (error) {
        return error;
    }
    if (*argv[0] != '+' || as_phone_normalize(p, argv[0], "+1", AS_PHONE_TYPES_ANY, &number,
                                              &country) != APR_SUCCESS) {
        return as_parse_error(cmd, argv[0],
                              "must be a number with + and calling code, such as +447700900123");
    }
    if (as_code_normalize(p, argv[1], &code) != APR_SUCCESS || strcmp(code, argv[1]) != 0) {
        return as_parse_error(cmd, argv[1], "must be a code of 6 to 12 digits");
    }
    if (!name || as_username_validate(p, name) != APR_SUCCESS ||
        as_username_fold(p, name, &test->username_key) != APR_SUCCESS) {
        return as_parse_error(cmd, name ? name : "", "user= must be a username");
    }
    test->number = number;
    test->code = code;
    as_parse_warn(
        cmd, AS_TAG(0161),
        "the configuration has the code of %s: everyone who reads it can register that account",
        name);
    return NULL;
}

const char *as_set_test_number(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    as_srv_t *sc = as_srv(cmd->server);
    apr_array_header_t *all = sc->test_numbers
                                  ? apr_array_copy(cmd->pool, sc->test_numbers)
                                  : apr_array_make(cmd->pool, 1, sizeof(as_test_number_t));

    (void)dir;
    sc->test_numbers = all;
    if (argc == 1 && ap_cstr_casecmp(argv[0], as_config_none) == 0) {
        apr_array_clear(all);
        return NULL;
    }
    return argc == 3 ? parse_test_number(cmd, argv, apr_array_push(all))
                     : as_parse_error(cmd, argc ? argv[argc - 1] : "",
                                      "needs NUMBER CODE user=NAME, or none");
}
